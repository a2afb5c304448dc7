"""Which pipelines a save gives something new to look at."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime

from buildtimetrend.store.columns import utc
from buildtimetrend.store.rows import EncodedBuild, Row
from buildtimetrend.store.writing.attempts import Attempt

CHANGED_PIPELINE = ["id", "repo_id", "pipeline", "since"]
EVER = datetime(1970, 1, 1, tzinfo=UTC)


def changed_pipeline(repo_id: int, build: EncodedBuild, replaced: Iterable[Attempt]) -> list[Row]:
    """The row of a build that is being saved, if it has ended. One that had ended already, and is another
    now, may be anywhere among the others: all of them are to be looked at.
    """
    again = any(attempt.build.ended for attempt in replaced)
    ended_at = build.build.finished_at
    if not again and (ended_at is None or build.build.result is None):
        return []
    since = EVER if again or ended_at is None else utc(ended_at)
    return [(secrets.randbits(62), repo_id, build.pipeline.id, since)]
