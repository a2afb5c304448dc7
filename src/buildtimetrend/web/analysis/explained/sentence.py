"""Why a build took longer or less than usual, in a sentence or two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from buildtimetrend import text
from buildtimetrend.enough import SIDE
from buildtimetrend.web.analysis.explained.cause_words import after_because
from buildtimetrend.web.analysis.explained.causes import Cause
from buildtimetrend.web.analysis.explained.job_names import cut, title
from buildtimetrend.web.analysis.job_endings import BROKEN, failing_step, of_command

NOT_COMPARED = "Wall time is compared for passed builds only."


def too_few(builds: int) -> str:
    return f"No usual yet: {text.counted(builds, 'passed build')} so far, {SIDE} are needed."


def not_passed(build: Mapping[str, Any], jobs: Sequence[Mapping[str, Any]]) -> str:
    """How a build ended, by the job that made it fail; empty while it runs."""
    if build["result"] is None:
        return ""
    result = str(build["result"]).capitalize()
    after = _after(build["duration"])
    culprit = next(
        (job for job in jobs if job["result"] == build["result"] and not job["allow_failure"]), None
    )
    # The build may have gone on for long with another job, and the command is but a part of this one.
    is_whole = culprit is not None and _after(culprit["duration"]) == after
    what = culprit and _what_failed(culprit, is_whole=is_whole)
    if not what:
        return f"{result}{after}. {NOT_COMPARED}"
    return f"{result}{after if is_whole else ''}: {what}. {NOT_COMPARED}"


def _what_failed(job: Mapping[str, Any], *, is_whole: bool) -> str | None:
    """Its command, else its step, as far as the CI says which, and after how long that was; of a job as long
    as the build its own time says nothing more. None of a job that was canceled.
    """
    at = failing_step(job)
    step = next((step for step in job["steps"] if step["position"] == at), None)
    ran = "" if is_whole else _ran(job["duration"])
    if job["exit_command"]:
        what = f"`{cut(job['exit_command'])}` {of_command(job)}"
    elif step:
        what = f"`{cut(step['label'])}` failed"
    else:
        return f"job {title(job)}{ran}" if job["result"] in BROKEN else None
    return f"{what}{_after(step['duration']) if step else ''} in job {title(job)}{'' if step else ran}"


def _after(seconds: float | None) -> str:
    return "" if seconds is None else f" after {text.duration(seconds)}"


def _ran(seconds: float | None) -> str:
    return "" if seconds is None else f", which ran for {text.duration(seconds)}"


def as_usual(wall: float, usual: float) -> str:
    return f"As usual: {text.duration(wall)} (usually {text.duration(usual)})."


def because(difference: float, causes: Sequence[Cause], rest: float | None) -> str:
    """Of a cause that differs the other way it is said that the others were there in spite of it. `rest` (s)
    is what they leave of the difference, where that is to be told.
    """
    with_it = [after_because(cause) for cause in causes if cause.difference * difference > 0]
    against = [after_because(cause) for cause in causes if cause.difference * difference < 0]
    though = f", though {' and '.join(against)}" if against else ""
    return f"{_size(difference)}, because {' and '.join(with_it)}{though}{_all_else(rest)}."


def no_single_cause(difference: float, most: Sequence[Mapping[str, Any]]) -> str:
    """`most` are lines of the table, with its figures."""
    parts = ", ".join(f"{_line(line)} {text.difference(line['difference'])}" for line in most)
    return f"{_size(difference)}; no single cause{': ' + parts if parts else ''}."


def _line(line: Mapping[str, Any]) -> str:
    return f"`{cut(line['step'])}`" if line["step"] else str(line["label"])


def _all_else(rest: float | None) -> str:
    if rest is None:
        return ""
    return f"; all else took {text.duration(abs(rest))} {'longer' if rest > 0 else 'less'}"


def others_ended(others: int, after: float) -> str:
    which = "other job" if others == 1 else f"other {others} jobs"
    return f"The {which} had ended after {text.duration(after)}."


def _size(difference: float) -> str:
    longer = "longer" if difference > 0 else "shorter"
    return f"{text.duration(abs(difference))} {longer} than usual"
