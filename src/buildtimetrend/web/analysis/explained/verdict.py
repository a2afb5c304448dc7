"""Whether a build took longer than usual, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from buildtimetrend.critical_path.timings import Row, Timed
from buildtimetrend.enough import LEAST, SIDE, notable
from buildtimetrend.model import Result
from buildtimetrend.store.reads import Usual
from buildtimetrend.web.analysis.explained import words
from buildtimetrend.web.analysis.explained.causes import (
    Cause,
    absent_jobs,
    another_last,
    causes_of_jobs,
    causes_of_path,
    usually_last,
)
from buildtimetrend.web.analysis.explained.kinds import in_brief
from buildtimetrend.web.analysis.explained.names import Name, name_of, step_title, title_of
from buildtimetrend.web.analysis.explained.parts import Part, before_of, beside, parts_of

Word: TypeAlias = Literal["longer", "shorter", "as usual", "too few", "not compared", "unknown"]
# Part of the difference that a cause accounts for; that a second one has beside it; and how many are listed
# where there is none.
CAUSE, SECOND, ALONE, NAMED = 0.5, 0.25, 0.75, 3
BEFORE_ALL = 0.25  # of a wait, before the first job began: less of it is not told


@dataclass(frozen=True, slots=True)
class Verdict:
    """`sentence` says it, `more` what else there is to say, `brief` the causes in a few words.

    `parts` add up to the wall time and to the usual one; `causes` are those that are named, one or two, which
    account for half or more of the difference. Both are empty where nothing is compared. `usually_last` is
    the job that usually ends last, where another one did.
    """

    word: Word
    sentence: str
    more: str = ""
    brief: str = ""
    parts: Sequence[Part] = ()
    causes: Sequence[Cause] = ()
    usually_last: str | None = None


def verdict(build: Row, jobs: Sequence[Row], times: Timed | None, usual: Usual) -> Verdict:
    """`build` and `jobs` are rows of the store, the jobs with their `steps`; `times` are of these.

    What did not pass is not compared: how far it came says nothing about how long it takes.
    """
    if build["result"] != Result.PASSED:
        word: Word = "unknown" if build["result"] is None else "not compared"
        return Verdict(word, words.not_passed(build, jobs))
    if usual.builds < SIDE:
        return Verdict("too few", words.too_few(usual.builds))
    if times is None or usual.duration is None:
        return Verdict("unknown", "")
    return _compared(build, jobs, times, usual, usual.duration)


def _compared(build: Row, jobs: Sequence[Row], times: Timed, usual: Usual, wall: float) -> Verdict:
    before = before_of(usual)
    spent = beside(times, jobs, usual, before, wall)
    causes = [
        *causes_of_jobs(times, jobs, usual, before, wall),
        Cause("between", spent.now.between, spent.usual.between),
        *absent_jobs(times, jobs, before),
    ]
    another = _another(times, jobs, usually_last(before))
    named: Sequence[Cause] = ()
    word: Word = "as usual"
    sentence, more = words.as_usual(times.wall, wall), ""
    difference = times.wall - wall
    phases = {step["phase"] for place in times.path for step in jobs[place]["steps"]}
    parts: Sequence[Part] = ()
    if notable(difference, wall):
        word = "longer" if difference > 0 else "shorter"
        named = _named(causes, difference)
        if not named and another is not None:
            rest = difference - sum(cause.difference for cause in causes)
            named = _named([another_last(jobs[times.path[-1]], another, rest)], max(difference, 0.0))
        named = named or _named(causes_of_path(spent), difference)
        if named:
            sentence = words.because(difference, named)
        else:
            most = _along(causes, difference)
            parts = parts_of(spent, _keys(most), phases)
            sentence = words.no_single_cause(difference, _along(_as_parts(most, parts, phases), difference))
        if [(cause.kind, word) for cause in named if cause.job] == [("waiting", "longer")]:
            said = (_counted(named[0]), _ran(causes, spent.usual.running), _others(build, jobs, times))
            more = " ".join(filter(None, said))
    return Verdict(
        word,
        sentence,
        more,
        "; ".join(map(in_brief, named)) or ("" if word == "as usual" else "no single cause"),
        parts or parts_of(spent, _keys(named), phases),
        named,
        title_of(another) if another is not None else None,
    )


def _keys(causes: Iterable[Cause]) -> list[str]:
    return [cause.key for cause in causes if cause.key]


def _as_parts(causes: Iterable[Cause], parts: Iterable[Part], phases: AbstractSet[str]) -> list[Cause]:
    """Steps with the seconds that the table of parts has, which are of all jobs on the path: each once."""
    of_step = {part.step: part for part in parts if part.step}
    found: dict[str | int, Cause] = {}
    for place, cause in enumerate(causes):
        part = of_step.get(step_title(cause.key, phases)) if cause.key else None
        same = replace(cause, seconds=part.seconds, usual=part.usual) if part else cause
        found.setdefault(cause.key if part and cause.key else place, same)
    return list(found.values())


def _another(times: Timed, jobs: Sequence[Row], last: Name | None) -> Name | None:
    same = not times.path or last == name_of(jobs[times.path[-1]])
    return None if same else last


def _named(causes: Iterable[Cause], difference: float) -> Sequence[Cause]:
    """One that accounts for half or more; with a second one that has much of the others'; or two together."""
    if not difference:
        return ()
    ordered = _along(causes, difference, 2)
    shares = [cause.difference / difference for cause in ordered]
    first, second = (*shares, 0.0, 0.0)[:2]
    if first >= CAUSE:
        return ordered[:2] if second >= SECOND and first < ALONE else ordered[:1]
    return ordered if second >= SECOND else ()


def _along(causes: Iterable[Cause], difference: float, most: int = NAMED) -> Sequence[Cause]:
    """What differs as the build does, most first."""
    along = [cause for cause in causes if cause.difference * difference > 0]
    worth = [cause for cause in along if abs(cause.difference) >= LEAST]
    return sorted(worth, key=lambda cause: -abs(cause.difference))[:most]


def _counted(wait: Cause) -> str:
    """How much of a wait is in the wall time, where people would wonder how it fits in."""
    waited = wait.waited or 0.0
    return words.within_wall(wait.seconds) if waited - wait.seconds > BEFORE_ALL * waited else ""


def _ran(causes: Iterable[Cause], usual: float) -> str:
    """How what the jobs of the path ran, usually so long (s), differed."""
    ran = sum(cause.difference for cause in causes if cause.kind in ("step", "outside", "running"))
    return words.ran(ran) if notable(ran, usual) else ""


def _others(build: Row, jobs: Sequence[Row], times: Timed) -> str:
    """When the jobs beside the one that all waited for had ended."""
    ends = [jobs[place]["finished_at"] for place in times.jobs if place not in times.path]
    if not ends or len(times.path) > 1:
        return ""
    return words.others_ended(len(ends), (max(ends) - build["started_at"]).total_seconds())
