"""Travis CI's words for how far a build or job is."""

from __future__ import annotations

from collections.abc import Collection

from buildtimetrend.model import Job, Result
from buildtimetrend.providers.fields import Fields

RESULTS = {
    "passed": Result.PASSED,
    "failed": Result.FAILED,
    "errored": Result.ERRORED,
    "canceled": Result.CANCELED,
}
RUNNING = ("created", "received", "queued", "booting", "started")
# That a build or job has ended, in words of before 2013: its result stands in a field of its own.
FINISHED = "finished"

# `status_message` of a notification, in lower case. Payloads of before 2015 have nothing else.
MESSAGES = {
    "passed": Result.PASSED,
    "fixed": Result.PASSED,
    "broken": Result.FAILED,
    "failed": Result.FAILED,
    "still failing": Result.FAILED,
    "canceled": Result.CANCELED,
    "errored": Result.ERRORED,
}
MESSAGES_BEFORE = {"pending"}
NUMBERS = {0: Result.PASSED, 1: Result.FAILED}


def has_ended(state: str) -> bool:
    return state == FINISHED or state in RESULTS


def result_of(part: Fields, state: str) -> Result | None:
    """None while it runs, and of one that is `finished` where nothing says how."""
    if state != FINISHED:
        return RESULTS.get(state)
    told = [part.get(name) for name in ("result", "status", "result_message", "status_message")]
    return next((result for value in told if (result := _told(value))), None)


def result_of_jobs(jobs: Collection[Job]) -> Result | None:
    """How a build ended all of whose jobs have; None where one of them does not tell."""
    results = {job.result for job in jobs if not job.allow_failure}
    worst_first = (None, Result.CANCELED, Result.ERRORED, Result.FAILED)
    return next((result for result in worst_first if result in results), Result.PASSED if jobs else None)


def _told(value: object) -> Result | None:
    if isinstance(value, str):
        return MESSAGES.get(value.lower())
    return NUMBERS.get(value) if isinstance(value, int) and not isinstance(value, bool) else None
