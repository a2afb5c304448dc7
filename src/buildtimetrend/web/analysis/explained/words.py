"""Why a build took longer or less than usual, in a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from buildtimetrend import text
from buildtimetrend.enough import LEAST, SIDE, notable
from buildtimetrend.web.analysis.explained.kinds import cause, listed
from buildtimetrend.web.analysis.explained.names import cut, title, title_of
from buildtimetrend.web.analysis.explained.parts import Part, Parts

# Part of the difference that a cause accounts for; that a second one has beside it; and how many are listed
# where there is none.
CAUSE, SECOND, ALONE, NAMED = 0.5, 0.25, 0.75, 3


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
    what = f"`{cut(culprit['exit_command'])}` in job {title(culprit)} {ended}"
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
    share = {id(part): part.difference / difference for part in found.all}
    named = sorted(found.named, key=lambda part: -share[id(part)])
    if share[id(found.rest)] >= CAUSE and (not named or share[id(named[0])] < CAUSE):
        return f"{said}{_because_of_rest(found, difference)}"
    causes = _causes(named, share)
    if causes:
        return f"{said}, because {' and '.join(cause(part) for part in causes)}."
    along = [part for part in named if share[id(part)] > 0 and abs(part.difference) >= LEAST][:NAMED]
    most = ", ".join(f"{listed(part)} {text.difference(part.difference)}" for part in along)
    return f"{said}; no single cause{': ' + most if most else ''}."


def _causes(parts: Sequence[Part], share: Mapping[int, float]) -> Sequence[Part]:
    """One that accounts for half or more; with a second one that has much of the others'; or two together."""
    if not parts:
        return ()
    first = share[id(parts[0])]
    second = share[id(parts[1])] if len(parts) > 1 else 0.0
    if first >= CAUSE:
        return parts[:2] if second >= SECOND and first < ALONE else parts[:1]
    return parts[:2] if second >= SECOND else ()


def _because_of_rest(found: Parts, difference: float) -> str:
    if found.rest.seconds >= CAUSE * difference > 0:
        idle = text.duration(found.rest.seconds)
        return f", because for {idle} no job of its critical path is known to have waited or run."
    if found.last is not None and found.usual_last is not None:
        return f": job {title(found.last)} ended last, usually it is {title_of(found.usual_last)}."
    if difference < 0:
        return "; no single cause: no job ended as late as the last one usually does."
    return "; no single cause."
