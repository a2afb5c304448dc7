"""What a comparison comes to, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from buildtimetrend import text
from buildtimetrend.charts.comparison import Comparison, Contribution, OfBuilds, SideFigures
from buildtimetrend.enough import SIDE, Verdict, notable
from buildtimetrend.filters import FILTERS
from buildtimetrend.steps import shortened
from buildtimetrend.web.analysis.comparisons import Compared
from buildtimetrend.web.analysis.named_builds import NamedBuild

NAMED = 2  # steps in the sentence
SAID = 0.1  # share of the difference that a step must have to be named
SAME = 0.05  # s
# Part of the jobs of a side that may lack their log, and of the difference that may be the mix.
LACKING, MIXED = 0.05, 0.25

Quote = Callable[[str], str]


def isolated(name: str) -> str:
    """Within a sentence on a page: a name that runs from right to left turns nothing else around."""
    return f"\N{FIRST STRONG ISOLATE}{name}\N{POP DIRECTIONAL ISOLATE}"


def names(compared: Compared, quote: Quote = str) -> tuple[str, str]:
    """What the sides are called within a sentence."""
    parameters = compared.parameters
    if parameters.by == "period":
        return "period A", "period B"
    if parameters.by == "build":
        a, b = (_of_pipeline(build, compared, quote) for build in compared.builds)
        return a, b
    return quote(parameters.a or "no branch"), quote(parameters.b or "no branch")


def headline(compared: Compared, quote: Quote = str) -> str:
    found = compared.comparison
    a, b = names(compared, quote)
    if found.difference is None:
        return "There is nothing to compare."
    if compared.parameters.by != "branch":
        b = b[0].upper() + b[1:]
    if abs(found.difference) < SAME:
        return f"{b} takes as long per job as {a}."
    size = _size(found)
    less = "slower" if found.difference > 0 else "faster"
    said = f"{b} is {size} {less} per job than {a}"
    reasons = _reasons(found, quote)
    return f"{said}; {reasons}." if reasons else f"{said}."


def of_builds(compared: Compared, quote: Quote = str) -> str:
    """What the sides differ by in the wall time of their builds, and in waiting; empty where a side has
    none.
    """
    wall = compared.comparison.wall
    if wall.difference is None:
        return ""
    a, b = names(compared, quote)
    one = compared.parameters.by == "build" and wall.a_builds == wall.b_builds == 1
    who, whom = (b[0].upper() + b[1:], a) if one else (f"Builds of {b}", f"those of {a}")
    verb = "took" if one else "take"
    if abs(wall.difference) < SAME:
        said = f"{who} {verb} as long as {whom}: {text.duration(wall.b_mean)}"
    else:
        more = "longer" if wall.difference > 0 else "less"
        said = f"{who} {verb} {text.duration(abs(wall.difference))} {more} than {whom}: {_instead(wall)}"
    return f"{said}{_waits(compared.comparison.waiting, one=one)}{_how_sure(wall.verdict, one=one)}."


def _waits(waiting: OfBuilds, *, one: bool) -> str:
    """Nothing of what may be chance."""
    known = waiting.difference is not None and notable(waiting.difference, waiting.a_mean)
    if not known or not (one or waiting.verdict in ("slower", "faster")):
        return ""
    where = "was" if one else "in each is"
    return f"; the longest wait for a worker {where} {_instead(waiting)}"


def _instead(of: OfBuilds) -> str:
    return f"{text.duration(of.b_mean)} instead of {text.duration(of.a_mean)}"


def _how_sure(verdict: Verdict, *, one: bool) -> str:
    """Two builds are what they are."""
    if one:
        return ""
    return {"too few": "; too few builds to tell", "may be chance": "; it may be chance"}.get(verdict, "")


def warnings(compared: Compared, quote: Quote = str) -> list[str]:
    """What keeps the difference from meaning much, and which builds may not be those that were meant."""
    found = compared.comparison
    both = tuple(zip(names(compared, quote), (found.a, found.b), strict=True))
    unclear = [_unclear(build, quote) for build in dict.fromkeys(compared.builds) if build.other]
    unclear += _of_several_pipelines(compared, quote)
    empty = [_nothing(name, side) for name, side in both if not side.timed]
    if empty:
        return unclear + empty
    notes = unclear + [
        f"Only {_jobs(side.timed)} of {name} {'counts' if side.timed == 1 else 'count'}: "
        "too few to tell a difference from chance."
        for name, side in both
        if side.timed < SIDE
    ]
    if found.margin is not None and found.difference is not None and abs(found.difference) <= found.margin:
        notes.append(
            f"The difference is within its margin of ±{text.duration(found.margin)}: it may well be chance."
        )
    notes.extend(_lacking(both))
    return [*notes, *_mix(found)]


def _build(named: NamedBuild, quote: Quote) -> str:
    if not named.number:
        return "no build"
    attempt = "" if named.attempt is None else f" (attempt {named.attempt})"
    return f"build {quote(named.number)}{attempt}"


def _of_pipeline(build: NamedBuild, compared: Compared, quote: Quote) -> str:
    label = compared.pipelines.get(build.pipeline or 0)
    return _build(build, quote) if label is None else f"{_build(build, quote)} of {quote(label)}"


def _of_several_pipelines(compared: Compared, quote: Quote) -> Iterator[str]:
    """Each pipeline counts its own builds: which one is meant, a number alone does not tell."""
    for build in dict.fromkeys(compared.builds):
        others = [compared.pipelines[each] for each in build.pipelines if each != build.pipeline]
        if others:
            this, called = _of_pipeline(build, compared, quote), ", ".join(map(quote, others))
            yield (
                f"This is {this}. There is one of that number of {called}, too: "
                f"{FILTERS['pipeline'].parameter} says which is meant."
            )
    if len({build.pipeline for build in compared.builds if build.build_ids}) > 1:
        yield "The builds are of different pipelines: they ran different jobs."


def _unclear(named: NamedBuild, quote: Quote) -> str:
    """A number and an attempt that together are another build's number: zeros tell them apart."""
    other = named.other or NamedBuild()
    said = f"This is {_build(named, quote)}; there is {_build(other, quote)}, too"
    if other.attempt is None:
        return f"{said}."
    return f"{said}: write {quote(f'{other.number}.0{other.attempt}')} for that."


def _size(found: Comparison) -> str:
    size = text.duration(abs(found.difference or 0))
    return size if found.change is None else f"{size} ({abs(found.change):.0f} %)"


def _reasons(found: Comparison, quote: Quote) -> str:
    """The steps that make most of it. What one alone exceeds, others make up for."""
    whole = found.difference or 0
    along = [part for part in found.steps if part.contribution * whole > 0 and part.kind != "others"]
    along = [part for part in along if abs(part.contribution) >= SAID * abs(whole)][:NAMED]
    if not along:
        return ""
    first = along[0]
    if abs(first.contribution) > abs(whole) + SAME:
        gives, makes_up = ("adds", "save") if whole > 0 else ("saves", "add")
        rest = text.duration(abs(first.contribution - whole))
        size = text.duration(abs(first.contribution))
        return f"{_name(first, quote)} alone {gives} {size}, and the others {makes_up} {rest}"
    if sum(abs(part.contribution) for part in along) > abs(whole) + SAME:
        along = along[:1]
    said = [f"{text.duration(abs(part.contribution))} of it is {_name(part, quote)}" for part in along]
    return " and ".join([said[0], *(more.replace(" of it is", " is") for more in said[1:])])


def _name(part: Contribution, quote: Quote) -> str:
    return "outside of steps" if part.kind == "outside" else quote(shortened(part.name))


def _nothing(name: str, side: SideFigures) -> str:
    if side.jobs:
        return (
            f"None of the {_jobs(side.jobs)} of {name} counts: "
            "durations are those of jobs that passed, failed or errored."
        )
    if name.startswith("no "):
        return f"There is {name} to compare with."
    where = "" if side.since is None else " in this range"
    return f"There are no finished jobs of {name}{where} that pass the filters."


def _lacking(both: tuple[tuple[str, SideFigures], ...]) -> Iterator[str]:
    for name, side in both:
        lacking = side.timed - side.with_steps
        if lacking > LACKING * side.timed:
            yield (
                f"{lacking:,} of {_jobs(side.timed)} of {name} {'has' if lacking == 1 else 'have'} no steps: "
                "all of that time is outside of steps."
            )


def _mix(found: Comparison) -> Iterator[str]:
    if found.difference is None or len(found.matrix) < 2:
        return
    if found.same_mix is None:
        yield "The sides have no entry of the build matrix in common: they ran different jobs."
    elif abs(found.difference - found.same_mix) > max(1.0, MIXED * abs(found.difference)):
        yield (
            "The sides ran different mixes of the build matrix. With the same mix the difference would be "
            f"{text.difference(found.same_mix)}."
        )


def _jobs(count: int) -> str:
    return text.counted(count, "job")
