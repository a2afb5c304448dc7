"""An attempt of a build beside what such builds usually take, with its verdict."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from buildtimetrend.critical_path.timings import Row, Timing, seconds_by_step, timed, waited_of
from buildtimetrend.model import Result
from buildtimetrend.store.reads import Usual
from buildtimetrend.web.analysis.explained.causes import Cause
from buildtimetrend.web.analysis.explained.job_names import title
from buildtimetrend.web.analysis.explained.verdict import Verdict, verdict


def explained(build: dict[str, Any], jobs: list[dict[str, Any]], usual: Usual) -> dict[str, Any]:
    """`build` and `jobs`, with `usual` and `difference` (s) on the build, each job and each step at depth 0.

    What did not pass is not compared: how far it came says nothing about how long it takes. A step is known
    by its key. `waited` (s) is how long a job waited for a worker, without booting. The build has its
    `verdict`, and since when most of those began that it is held against.
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
    return {
        "build": whole
        | {
            "compared_builds": usual.builds,
            "compared_mostly_since": _mostly_since(usual),
            "verdict": as_row(verdict(build, jobs, times, usual)),
        },
        "jobs": compared,
    }


def in_short(build: Row, jobs: list[dict[str, Any]], usual: Usual) -> dict[str, Any]:
    """The verdict alone, of a build among many."""
    found = verdict(build, jobs, timed(build, jobs), usual)
    difference = sum(part.difference for part in found.parts) if found.parts else None
    return as_row(found) | {"usual": usual.duration, "difference": difference}


def as_row(found: Verdict) -> dict[str, Any]:
    """As the API and the pages have it."""
    return {
        "word": found.word,
        "sentence": found.sentence,
        "more": found.more,
        "brief": found.brief,
        "parts": [part.row() for part in found.parts],
        "causes": [_cause(cause) for cause in found.causes],
        "usually_last": found.usually_last,
    }


def _cause(cause: Cause) -> dict[str, Any]:
    return {
        "kind": cause.kind,
        "job": title(cause.job) if cause.job is not None else None,
        "job_id": cause.job["job_id"] if cause.job is not None else None,
        "step": cause.step,
        "seconds": cause.seconds,
        "usual": cause.usual,
        "difference": cause.difference,
        "waited": cause.waited,
        "usually_waited": cause.usually_waited,
        "booted": cause.booted,
    }


def _mostly_since(usual: Usual) -> datetime | None:
    """The last instant at or after which more than half of the builds began."""
    began = {(job["build_id"], job["attempt"]): job["build_started_at"] for job in usual.passed_jobs}
    return sorted(began.values())[(len(began) - 1) // 2] if began else None


def _waited(job: dict[str, Any], timing: Timing | None) -> float | None:
    """As the verdict says it; for a job of which that knows nothing, by its own times."""
    if timing is not None and timing.wait is not None:
        return timing.wait.waited
    queued: float | None = job["queue_time"]
    return None if queued is None else waited_of(queued, job["boot_time"])


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
