"""Which process works at a task, and which are dropped: statements that every engine runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from buildtimetrend.model import LIST, Origin, Task
from buildtimetrend.store.base import Statement
from buildtimetrend.store.reads.names import named
from buildtimetrend.store.reads.tasks import IS_BULK

# A task that has been taken and not ended within its time is anybody's again: who had it may be dead.
_OURS = """
    (state = 'waiting' AND due_at <= $now
     OR state = 'running' AND (claimed_until IS NULL OR claimed_until <= $now))
"""
_SINCE = "CASE WHEN state = 'running' THEN claimed_until ELSE due_at END"
_NOT_SENT = f"(sent_at IS NULL OR sent_at < {_SINCE} OR sent_at < $sent_before)"
_URGENCY = "CASE origin " + " ".join(f"WHEN '{each}' THEN {each.urgency}" for each in Origin) + " END"
MOST = 1000  # fresh tasks that are sent at once
# The most urgent first, and of equally urgent ones a task of each repo in turn: as `FairQueue` has them.
_IN_TURN = "ORDER BY urgency, turn, first_due_at, due_at, id"
_OF_REPO = "ORDER BY names_build, due_at, id"
_TURN = f"row_number() OVER (PARTITION BY urgency, instance, repo {_OF_REPO})"
# Of an import's tasks, which may be many, a few are wanted: no more than these are put in order, and none are
# where there is no room.
_UNSENT = f"""
    WITH due AS (
        SELECT id, instance, repo, due_at, {_URGENCY} AS urgency, {IS_BULK} AS is_bulk,
               coalesce(number, '') <> '{LIST}' AS names_build
        FROM task
        WHERE state IN ('waiting', 'running') AND {_OURS} AND {_NOT_SENT} AND ($limit > 0 OR NOT {IS_BULK})
    ), fresh AS (
        SELECT id, urgency, due_at, {_TURN} AS turn,
               min(due_at) OVER (PARTITION BY urgency, instance, repo) AS first_due_at
        FROM due WHERE NOT is_bulk {_IN_TURN} LIMIT {MOST}
    ), places AS (
        SELECT urgency, instance, repo, min(due_at) AS first_due_at FROM due WHERE is_bulk
        GROUP BY urgency, instance, repo ORDER BY urgency, first_due_at, min(id) LIMIT $limit
    ), bulk AS (
        SELECT id, urgency, due_at, {_TURN} AS turn, first_due_at
        FROM places CROSS JOIN LATERAL (
            SELECT id, due_at, names_build FROM due
            WHERE due.repo = places.repo AND due.urgency = places.urgency AND due.instance = places.instance
            {_OF_REPO} LIMIT $limit
        ) AS first_of_repo
        {_IN_TURN} LIMIT $limit
    )
    SELECT id FROM (SELECT * FROM fresh UNION ALL SELECT * FROM bulk) AS chosen {_IN_TURN}
"""  # noqa: S608 - fixed text only
_CLAIM = f"""
    UPDATE task SET state = 'running', tries = tries + 1, claimed_by = $claimer, claimed_until = $until,
        silent_ends = CASE WHEN state = 'running' THEN coalesce(silent_ends, 0) + 1 ELSE 0 END
    WHERE id = $id AND {_OURS}
"""  # noqa: S608 - fixed text only
# Several may have selected a task at the same time: whose update changes its row sends it.
_SENT = f"""
    UPDATE task SET sent_at = $now WHERE id IN ({{ids}}) AND {_OURS} AND {_NOT_SENT} RETURNING id
"""  # noqa: S608 - fixed text only
# A canceled one runs on, and a retry waits for that.
_RENEW = """
    UPDATE task SET claimed_until = $until
    WHERE id = $id AND claimed_by = $claimer AND state IN ('running', 'canceled')
"""
_PUT_BACK = """
    UPDATE task SET state = $state, reason = $reason, due_at = $due_at, finished_at = $finished_at,
        claimed_until = NULL
    WHERE id = $id AND claimed_by = $claimer AND state = 'running'
"""
# Its process stops: that was no try.
_GIVE_BACK = """
    UPDATE task SET state = 'waiting', tries = tries - 1, due_at = $due_at, reason = $reason,
        claimed_until = NULL, sent_at = NULL
    WHERE id = $id AND claimed_by = $claimer AND state = 'running'
"""
_NOT_SENT_AFTER_ALL = "UPDATE task SET sent_at = NULL WHERE id = $id"
_RETRY = """
    UPDATE task SET state = 'waiting', tries = 0, finished_at = NULL,
        due_at = CASE WHEN claimed_until > $now THEN claimed_until ELSE $now END
    WHERE id = $id AND state IN ('failed', 'canceled')
"""
_CANCEL = """
    UPDATE task SET state = 'canceled', reason = 'Canceled.', finished_at = $now
    WHERE import_id = $import_id AND state = $state
"""
_FAIL_REST = """
    UPDATE task SET state = 'failed', reason = $reason, finished_at = $now
    WHERE import_id = $import_id AND state = 'waiting'
"""
_POSTPONE = """
    UPDATE task SET due_at = $until WHERE instance = $instance AND state = 'waiting' AND due_at < $nearly
"""
_POSTPONE_BULK = f"{_POSTPONE} AND {IS_BULK}"
# A second pause that ends at about the same time need not move all tasks again.
_NEARLY = timedelta(seconds=5)
PRUNE = (
    "DELETE FROM task WHERE finished_at < $before",
    "DELETE FROM delivery WHERE received_at < $before",
    """
    DELETE FROM import
    WHERE created_at < $before AND NOT EXISTS (SELECT 1 FROM task WHERE task.import_id = import.id)
    """,
)


def claim(task_id: str, claimer: str, now: datetime, until: datetime) -> Statement:
    """Changes one row, or none where the task is not to be had."""
    return _CLAIM, {"id": task_id, "claimer": claimer, "now": now, "until": until}


def unsent(now: datetime, sent_before: datetime, limit: int) -> Statement:
    """Selects `id`. Which of them are the caller's, `sent` says."""
    return _UNSENT, {"now": now, "sent_before": sent_before, "limit": limit}


def sent(ids: Sequence[str], now: datetime, sent_before: datetime) -> Statement:
    """Returns `id` of those that are the caller's to send."""
    names, given = named("id", ids)
    return _SENT.replace("{ids}", names), {"now": now, "sent_before": sent_before, **given}


def not_sent(task_id: str) -> Statement:
    """Its message could not be sent after all."""
    return _NOT_SENT_AFTER_ALL, {"id": task_id}


def renew(task_id: str, claimer: str, until: datetime) -> Statement:
    """Keep a claim until then. Changes no row where another has it by now."""
    return _RENEW, {"id": task_id, "claimer": claimer, "until": until}


def put_back(task: Task, claimer: str) -> Statement:
    """The state of a claimed task after a try. Changes no row of one that was canceled, or is another's."""
    return _PUT_BACK, {
        "id": task.id,
        "claimer": claimer,
        "state": task.state.value,
        "reason": task.reason,
        "due_at": task.due_at,
        "finished_at": task.finished_at,
    }


def give_back(task: Task, claimer: str) -> Statement:
    """A claimed task that was not tried after all is due again. Changes no row as `put_back` does not."""
    return _GIVE_BACK, {"id": task.id, "claimer": claimer, "due_at": task.due_at, "reason": task.reason}


def retry(task_id: str, now: datetime) -> Statement:
    """Changes one row, or none where the task has neither failed nor been canceled.

    One that was canceled while it ran is due once the claim of who runs it has run out.
    """
    return _RETRY, {"id": task_id, "now": now}


def cancel(import_id: str, now: datetime) -> list[Statement]:
    """The waiting tasks of an import, then its running ones: these finish, but are not tried again."""
    return [
        (_CANCEL, {"import_id": import_id, "now": now, "state": state}) for state in ("waiting", "running")
    ]


def fail_rest(import_id: str, reason: str, now: datetime) -> Statement:
    """What waits of an import fails for the same reason."""
    return _FAIL_REST, {"import_id": import_id, "reason": reason, "now": now}


def postpone(instance: str, until: datetime, *, only_bulk: bool = False) -> Statement:
    """No waiting task of this CI is due before then, or no import and sweep."""
    return _POSTPONE_BULK if only_bulk else _POSTPONE, {
        "instance": instance,
        "until": until,
        "nearly": until - _NEARLY,
    }
