"""Which process works at a task, and which are dropped: statements that every engine runs."""

from __future__ import annotations

from datetime import datetime

from buildtimetrend.store.base import Statement

# A task that has been taken and not ended within its time is anybody's again: who had it may be dead.
_OURS = """
    (state = 'waiting' AND due_at <= $now
     OR state = 'running' AND (claimed_until IS NULL OR claimed_until <= $now))
"""
_CLAIM = f"""
    UPDATE task SET state = 'running', tries = tries + 1, claimed_until = $until WHERE id = $id AND {_OURS}
"""  # noqa: S608 - fixed text only
_UNSENT = f"""
    SELECT id FROM task
    WHERE {_OURS} AND (sent_at IS NULL OR sent_at < due_at OR sent_at < $sent_before)
    ORDER BY CASE origin WHEN 'hook' THEN 1 WHEN 'request' THEN 2 WHEN 'sweep' THEN 3 ELSE 4 END, due_at, id
    LIMIT $limit
"""  # noqa: S608 - fixed text only
_SENT = "UPDATE task SET sent_at = $now WHERE id = $id"
PRUNE = (
    "DELETE FROM task WHERE finished_at < $before",
    "DELETE FROM delivery WHERE received_at < $before",
    """
    DELETE FROM import
    WHERE created_at < $before AND NOT EXISTS (SELECT 1 FROM task WHERE task.import_id = import.id)
    """,
)


def claim(task_id: str, now: datetime, until: datetime) -> Statement:
    """Changes one row, or none where the task is not to be had."""
    return _CLAIM, {"id": task_id, "now": now, "until": until}


def unsent(now: datetime, sent_before: datetime, limit: int) -> Statement:
    """Selects `id`."""
    return _UNSENT, {"now": now, "sent_before": sent_before, "limit": limit}


def sent(task_id: str, now: datetime) -> Statement:
    return _SENT, {"id": task_id, "now": now}
