"""GitHub's words for how far a run, job or step is, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping

from buildtimetrend.model import Result
from buildtimetrend.providers.fields import Fields

CONCLUSIONS = {
    "success": Result.PASSED,
    "neutral": Result.PASSED,
    "failure": Result.FAILED,
    "timed_out": Result.FAILED,
    "startup_failure": Result.ERRORED,
    "stale": Result.ERRORED,
    "cancelled": Result.CANCELED,
    "skipped": Result.SKIPPED,
}
# It waits for a person, and then runs under the same id, though its status is `completed`.
ACTION_REQUIRED = "action_required"
COMPLETED = "completed"
STATUSES = ("requested", "queued", "pending", "waiting", "in_progress", COMPLETED)
WORDS: Mapping[str, Result | None] = {
    **CONCLUSIONS,
    **dict.fromkeys((*STATUSES, ACTION_REQUIRED)),
}


def word_of(part: Fields) -> str:
    """The conclusion of what has ended, else the status. Old records have them in capitals."""
    status = part.text("status").lower()
    return (part.maybe_text("conclusion") or status).lower() if status == COMPLETED else status


def result_of(part: Fields) -> Result | None:
    """None of what has not ended. A conclusion that is not known yet is no success."""
    word = word_of(part)
    if word in WORDS:
        return WORDS[word]
    return Result.ERRORED if part.text("status").lower() == COMPLETED else None
