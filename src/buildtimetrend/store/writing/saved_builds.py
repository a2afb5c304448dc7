"""What a save tells other processes, and those that look for changes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from buildtimetrend.store.columns import utc
from buildtimetrend.store.rows import EncodedBuild, Row
from buildtimetrend.store.writing.attempts import Attempt

SAVED_BUILD = ["repo_id", "pipeline", "since"]
EVER = datetime(1970, 1, 1, tzinfo=UTC)


def saved_build(repo_id: int, build: EncodedBuild, attempt: int, replaced: Iterable[Attempt]) -> Row:
    """The row of a build that is being saved as that attempt, 0 where what is stored is newer."""
    return (repo_id, build.pipeline.id, _changed_since(build, replaced) if attempt else None)


def _changed_since(build: EncodedBuild, replaced: Iterable[Attempt]) -> datetime | None:
    """When it ended, if it has. One that had ended already, and is another now, may be anywhere among the
    others: all of them are to be looked at.
    """
    if any(attempt.build.ended for attempt in replaced):
        return EVER
    ended_at = build.build.finished_at
    return None if ended_at is None or build.build.result is None else utc(ended_at)
