"""GitLab's words for how far a pipeline or a job is, and for why a pipeline runs."""

from __future__ import annotations

from buildtimetrend.model import Result

RESULTS = {
    "success": Result.PASSED,
    "failed": Result.FAILED,
    "canceled": Result.CANCELED,
    "skipped": Result.SKIPPED,
}
# Of a pipeline, `manual` is that it waits for a person, without whom it goes no further.
RUNNING = (
    "created", "waiting_for_resource", "waiting_for_callback", "preparing", "pending", "running", "canceling",
    "manual", "scheduled",
)  # fmt: skip
# Of a job in a pipeline that has ended: nobody let it run, and nothing waits for it.
LEFT = frozenset({"created", "manual"})

TRIGGERS = {
    "merge_request_event": "pull_request",
    "external_pull_request_event": "pull_request",
    "schedule": "cron",
    "web": "api",
    "api": "api",
    "trigger": "api",
}
CHILD = "parent_pipeline"


def result_of_job(word: str, *, ended: bool) -> Result | None:
    """None while it runs; `ended` is whether its pipeline has."""
    return Result.SKIPPED if ended and word in LEFT else RESULTS.get(word)


def trigger_of(source: str | None) -> str | None:
    return TRIGGERS.get(source, source) if source else None
