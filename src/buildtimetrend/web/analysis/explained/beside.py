"""An attempt of a build beside what such builds usually take, and what it waited for."""

from __future__ import annotations

from typing import Any

from buildtimetrend.enough import SIDE
from buildtimetrend.model import Result
from buildtimetrend.store.reads import Usual
from buildtimetrend.web.analysis.explained import words
from buildtimetrend.web.analysis.explained.names import title, title_of
from buildtimetrend.web.analysis.explained.parts import Parts, parts_of
from buildtimetrend.web.analysis.explained.timings import (
    Row,
    Timed,
    Timing,
    seconds_by_step,
    timed,
    waited_of,
)


def explained(build: dict[str, Any], jobs: list[dict[str, Any]], usual: Usual) -> dict[str, Any]:
    """`build` and `jobs`, with `usual` and `difference` (s) on the build, each job and each step at depth 0.

    What did not pass is not compared: how far it came says nothing about how long it takes. A step is known
    by its key. `waited` (s) is how long a job waited for a worker, without booting. `explanation` is a
    sentence, the parts of the build's difference, which add up to it, the rest last, and the job that usually
    ends last where another one did.
    """
    times = timed(build, jobs)
    path = times.path if times else ()
    timings = times.jobs if times else {}
    compared = [
        _compared(job, job["duration"], usual.jobs.get((job["matrix"], job["name"])), _passed(job))
        | {
            "critical": place in path,
            "waited": _waited(job, timings.get(place)),
            "steps": _steps(job, usual),
        }
        for place, job in enumerate(jobs)
    ]
    whole = _compared(build, build["duration"], usual.duration, _passed(build))
    found = None
    if whole["difference"] is not None and usual.duration is not None and times is not None:
        found = parts_of(times, jobs, usual, usual.duration)
    explanation = {
        "sentence": _sentence(whole, compared, usual, times, found),
        "parts": _in_order(found) if found else [],
        "usually_last": title_of(found.usual_last) if found and found.usual_last else None,
    }
    return {
        "build": whole | {"compared_builds": usual.builds, "explanation": explanation},
        "jobs": compared,
    }


def _sentence(
    build: dict[str, Any],
    jobs: list[dict[str, Any]],
    usual: Usual,
    times: Timed | None,
    found: Parts | None,
) -> str:
    if not _passed(build):
        return words.not_passed(build, jobs)
    if usual.builds < SIDE:
        return words.too_few(usual.builds)
    if found is None or times is None or usual.duration is None:
        return ""
    return words.explanation(found, times.wall, usual.duration)


def _waited(job: dict[str, Any], timing: Timing | None) -> float | None:
    """As the explanation says it; for a job of which that knows nothing, by its own times."""
    if timing is not None and timing.wait is not None:
        return timing.wait.waited
    queued: float | None = job["queue_time"]
    return None if queued is None else waited_of(queued, job["boot_time"])


def _in_order(parts: Parts) -> list[dict[str, Any]]:
    """What differs most first, the rest last."""
    ordered = [*sorted(parts.named, key=lambda part: -abs(part.difference)), parts.rest]
    return [
        {
            "kind": part.kind,
            "job": title(part.job) if part.job is not None else None,
            "job_id": part.job["job_id"] if part.job is not None else None,
            "step": part.step,
            "seconds": part.seconds,
            "usual": part.usual,
            "difference": part.difference,
            "waited": part.waited,
            "usually_waited": part.usually_waited,
            "booted": part.booted,
        }
        for part in ordered
    ]


def _steps(job: dict[str, Any], usual: Usual) -> list[dict[str, Any]]:
    totals = seconds_by_step(job)
    found = []
    for step in job["steps"]:
        total = totals.pop(step["key"], None) if step["depth"] == 0 else None
        known = None if total is None else usual.steps.get((job["matrix"], job["name"], step["key"]))
        found.append(_compared(step, total, known, _passed(job)))
    return found


def _passed(row: Row) -> bool:
    return bool(row["result"] == Result.PASSED)


def _compared(
    row: dict[str, Any], seconds: float | None, usual: float | None, passed: bool
) -> dict[str, Any]:
    difference = None if seconds is None or usual is None or not passed else seconds - usual
    return row | {"usual": usual, "difference": difference}
