"""Why a build took longer or less than usual, in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from buildtimetrend.enough import LEAST, SIDE, notable
from buildtimetrend.web import text
from buildtimetrend.web.explained.parts import Name, Part, Parts
from buildtimetrend.web.explained.timings import Row

# Part of the difference that a cause accounts for; that a second one has beside it; and how many are listed
# where there is none.
CAUSE, SECOND, ALONE, NAMED = 0.5, 0.25, 0.75, 3
LONGEST = 60  # characters of a command


def title(job: Row) -> str:
    return _plain(job["number"] or job["name"] or job["job_id"])


def title_of(name: Name) -> str:
    return _plain(name.name or name.matrix) or "another one"


def too_few(builds: int) -> str:
    return f"No usual yet: {text.counted(builds, 'passed build')} so far, {SIDE} are needed."


def not_passed(build: Mapping[str, Any], jobs: Sequence[Mapping[str, Any]]) -> str:
    """How a build ended, by the job that made it fail; empty while it runs."""
    if build["result"] is None:
        return ""
    said = str(build["result"]).capitalize()
    after = _after(build["duration"])
    culprit = next(
        (job for job in jobs if job["result"] == build["result"] and not job["allow_failure"]), None
    )
    if culprit is None or not culprit["exit_command"]:
        return f"{said}{after}. Not compared with passed builds."
    code = culprit["exit_code"]
    ended = f"exited with {code}" if code else f"ended by {culprit['exit_reason'] or 'an error'}"
    what = f"`{_cut(culprit['exit_command'])}` in job {title(culprit)} {ended}"
    # The build may have gone on for long with another job: that is no time of this one.
    of_job = _after(culprit["duration"])
    said = f"{said}{after}: {what}" if of_job == after else f"{said}: {what}{of_job}"
    return f"{said}. Not compared with passed builds."


def _after(seconds: float | None) -> str:
    return "" if seconds is None else f" after {text.duration(seconds)}"


def explanation(found: Parts, wall: float, usual: float) -> str:
    difference = wall - usual
    if not notable(difference, usual):
        return f"As usual: {text.duration(wall)} (usually {text.duration(usual)})."
    size = text.duration(abs(difference))
    said = f"{size} {'longer' if difference > 0 else 'shorter'} than usual"
    named = [part for part in found.parts if part.kind != "rest"]
    rest = next(part for part in found.parts if part.kind == "rest")
    share = {id(part): part.difference / difference for part in found.parts}
    named.sort(key=lambda part: -share[id(part)])
    if share[id(rest)] >= CAUSE and (not named or share[id(named[0])] < CAUSE):
        return f"{said}{_because_of_rest(found, rest, difference)}"
    causes = _causes(named, share)
    if causes:
        return f"{said}, because {' and '.join(_cause(part) for part in causes)}."
    along = [part for part in named if share[id(part)] > 0 and abs(part.difference) >= LEAST][:NAMED]
    listed = ", ".join(f"{_short(part)} {text.difference(part.difference)}" for part in along)
    return f"{said}; no single cause{': ' + listed if listed else ''}."


def _causes(parts: Sequence[Part], share: Mapping[int, float]) -> Sequence[Part]:
    """One that accounts for half or more; with a second one that has much of the others'; or two together."""
    if not parts:
        return ()
    first = share[id(parts[0])]
    second = share[id(parts[1])] if len(parts) > 1 else 0.0
    if first >= CAUSE:
        return parts[:2] if second >= SECOND and first < ALONE else parts[:1]
    return parts[:2] if second >= SECOND else ()


def _because_of_rest(found: Parts, rest: Part, difference: float) -> str:
    if rest.seconds >= CAUSE * difference > 0:
        idle = text.duration(rest.seconds)
        return f", because for {idle} no job of its critical path is known to have waited or run."
    if found.last is not None and found.usual_last is not None:
        return f": job {title(found.last)} ended last, usually it is {title_of(found.usual_last)}."
    if difference < 0:
        return "; no single cause: no job ended as late as the last one usually does."
    return "; no single cause."


def _cause(part: Part) -> str:
    assert part.job is not None
    return _CAUSES[part.kind](part, f"job {title(part.job)}")


def _waiting(part: Part, job: str) -> str:
    usually = f"usually {text.duration(part.usually_waited)}"
    only = "only " if part.difference < 0 else ""
    if part.booted:
        return f"{job} waited and booted {only}{text.duration(part.waited)} ({usually})"
    return f"{job} waited {only}{text.duration(part.waited)} for a worker ({usually})"


def _step(part: Part, job: str) -> str:
    name = f"`{_cut(part.step or '')}` in {job}"
    if part.usual is None:
        return f"{name} took {text.duration(part.seconds)} and has no usual time yet"
    if part.seconds == 0:
        return f"{name} did not run (usually {text.duration(part.usual)})"
    return f"{name} took {_than_usual(part)}"


def _than_usual(part: Part) -> str:
    more = "longer" if part.difference > 0 else "less"
    return (
        f"{text.duration(abs(part.difference))} {more} ({text.duration(part.seconds)}, "
        f"usually {text.duration(part.usual)})"
    )


_CAUSES: Mapping[str, Callable[[Part, str], str]] = {
    "waiting": _waiting,
    "booting": lambda part, job: f"{job} took {_than_usual(part)} to boot",
    "step": _step,
    "outside": lambda part, job: f"{job} took {_than_usual(part)} outside of its steps",
    "running": lambda part, job: f"{job} ran {_than_usual(part)}; its steps are not known",
    "job": lambda part, job: (
        f"{job}, which has no usual time yet, took {text.duration(part.seconds)} and ended last"
    ),
}


def _short(part: Part) -> str:
    job = f"job {title(part.job)}" if part.job is not None else ""
    return {
        "waiting": f"{'waiting and booting' if part.booted else 'waiting'} of {job}",
        "booting": f"booting of {job}",
        "step": f"`{_cut(part.step or '')}`",
        "outside": f"outside of the steps of {job}",
        "running": job,
        "job": job,
    }[part.kind]


def _plain(name: object) -> str:
    """In one line, without what marks commands within a sentence."""
    return " ".join(str(name).split()).replace("`", "'")


def _cut(command: str) -> str:
    """Of a length that a sentence bears."""
    line = _plain(command)
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"
