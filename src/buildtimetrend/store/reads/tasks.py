"""Tasks: as tables for people, as `Task` for the machinery that runs them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from buildtimetrend.model import BULK, BuildRef, Origin, Task, TaskState
from buildtimetrend.store.base import Store, Table, rows
from buildtimetrend.store.reads.names import named

# A condition: see `Origin.is_bulk`.
IS_BULK = "origin IN (" + ", ".join(f"'{origin}'" for origin in BULK) + ")"


def tasks(store: Store, states: Sequence[str], limit: int) -> Table:
    """Tasks in any of these states, newest first."""
    names, given = named("state", states)
    return store.select(_TASKS.replace("{states}", names), {**given, "limit": limit})


def failures(store: Store) -> Table:
    """Failed tasks by import (null: asked for otherwise), repo and reason, the most frequent first;
    with the `number` of one of them.
    """
    return store.select(_FAILURES)


def last_deliveries(store: Store) -> Table:
    """When the last webhook came from each CI: `provider`, `instance`, `received_at`."""
    return store.select(_LAST_DELIVERIES)


def deliveries(store: Store, provider: str, repo: str, limit: int) -> Table:
    """The last webhooks of a repo from a kind of CI, newest first: `received_at`, and its word for the
    build's `state`.
    """
    return store.select(_DELIVERIES, {"provider": provider, "repo": repo.lower(), "limit": limit})


def swept(store: Store, since: datetime) -> Table:
    """Builds that were asked for since then because no webhook had told of them: `repo`, how many `builds`,
    how many of them `open`, and when that was last (`at`); the latest first.
    """
    return store.select(_SWEPT, {"since": since})


def troubles(store: Store) -> Table:
    """Why builds failed or wait for another try: `repo`, `reason`, `number` of one of them, how many `failed`
    and how many are `waiting`; the most frequent first.
    """
    return store.select(_TROUBLES)


def failed_ids(store: Store, import_id: str | None, limit: int) -> Table:
    """Column `id` and `repo` of failed tasks, an import's or all, the latest first."""
    if import_id is None:
        return store.select(_FAILED_IDS.replace("{import}", ""), {"limit": limit})
    of_import = _FAILED_IDS.replace("{import}", "AND import_id = $import_id")
    return store.select(of_import, {"import_id": import_id, "limit": limit})


def oldest_open(store: Store) -> datetime | None:
    """When the task that is open for the longest was asked for."""
    found = store.select("SELECT min(created_at) AS at FROM task WHERE state IN ('waiting', 'running')")
    return cast("datetime | None", found["at"][0])


def lag(store: Store, since: datetime, until: datetime) -> dict[str, Any]:
    """From a build's notification until it is stored (s): of how many `tasks`, `median`, `p95`, `longest`."""
    return rows(store.select(_LAG, {"since": since, "until": until}))[0]


def task(store: Store, task_id: str) -> Task | None:
    return next(iter(_tasks(store.select(TASK + " WHERE id = $id", {"id": task_id}))), None)


def open_tasks(store: Store) -> list[Task]:
    """Tasks that are neither done, failed nor canceled, oldest first."""
    return _tasks(store.select(_OPEN_TASKS))


def tasks_of(store: Store, ids: Sequence[str]) -> list[Task]:
    """Those of these tasks that are there, in the order of the ids."""
    if not ids:
        return []
    names, given = named("id", ids)
    found = {task.id: task for task in _tasks(store.select(TASK + f" WHERE id IN ({names})", given))}
    return [found[task_id] for task_id in ids if task_id in found]


def depth(store: Store) -> dict[str, int]:
    """Open tasks, as `waiting.hook` or `running.import`."""
    return {f"{row['state']}.{row['origin']}": int(row["count"]) for row in rows(store.select(_DEPTH))}


def open_at(store: Store, provider: str, instance: str) -> int:
    """How many open tasks are of that server of a CI."""
    found = store.select(_OPEN_AT, {"provider": provider, "instance": instance})
    return int(str(found["count"][0]))


def bulk_under_way(store: Store, now: datetime, sent_before: datetime) -> int:
    """How many sweeps and imports run, or were sent since then and wait to be taken."""
    return int(str(store.select(_UNDER_WAY, {"now": now, "sent_before": sent_before})["count"][0]))


def workers(store: Store, since: datetime) -> list[dict[str, Any]]:
    """Processes that collect builds, seen since then: `name`, `threads`, `started_at`, `seen_at`, `shown_at`.

    The last is what its own clock showed when the store's showed `seen_at`; None where it did not say so.
    """
    return rows(store.select(_WORKERS, {"since": since}))


def _tasks(table: Table) -> list[Task]:
    return [
        Task(
            id=row["id"],
            ref=BuildRef(
                row["provider"], row["instance"], row["repo"], row["build_id"], row["number"], row["attempt"]
            ),
            origin=Origin(row["origin"]),
            created_at=row["created_at"],
            due_at=row["due_at"],
            state=TaskState(row["state"]),
            tries=row["tries"],
            reason=row["reason"],
            import_id=row["import_id"],
            finished_at=row["finished_at"],
            silent_ends=row["silent_ends"] or 0,
        )
        for row in rows(table)
    ]


TASK = """
    SELECT id, provider, instance, repo, build_id, number, attempt, origin, state, tries, reason, import_id,
           created_at, due_at, finished_at, silent_ends
    FROM task
"""
_TASKS = TASK + " WHERE state IN ({states}) ORDER BY created_at DESC, id LIMIT $limit"
_OPEN_TASKS = TASK + " WHERE state IN ('waiting', 'running') ORDER BY created_at, due_at"
_DEPTH = """
    SELECT state, origin, count(*) AS count FROM task
    WHERE state IN ('waiting', 'running') GROUP BY state, origin ORDER BY state, origin
"""
_OPEN_AT = """
    SELECT count(*) AS count FROM task
    WHERE state IN ('waiting', 'running') AND provider = $provider AND instance = $instance
"""
_UNDER_WAY = f"""
    SELECT count(*) AS count FROM task
    WHERE state IN ('waiting', 'running') AND {IS_BULK}
      AND (state = 'running' AND claimed_until > $now
           OR state = 'waiting' AND sent_at >= due_at AND sent_at >= $sent_before)
"""  # noqa: S608 - fixed text only
_WORKERS = """
    SELECT worker.name AS name, threads, started_at, seen_at, lease.until AS shown_at
    FROM worker LEFT JOIN lease ON lease.name = 'clock of ' || worker.name
    WHERE seen_at >= $since ORDER BY worker.name
"""
_FAILURES = """
    SELECT import_id, repo, reason, origin, count(*) AS count, max(finished_at) AS latest_at,
           min(number) AS number
    FROM task WHERE state = 'failed'
    GROUP BY import_id, repo, reason, origin
    ORDER BY count DESC, reason, repo
"""
_LAST_DELIVERIES = """
    SELECT provider, instance, max(received_at) AS received_at FROM delivery GROUP BY provider, instance
"""
_DELIVERIES = """
    SELECT received_at, state FROM delivery WHERE provider = $provider AND lower(repo) = $repo
    ORDER BY received_at DESC, id LIMIT $limit
"""
_SWEPT = """
    SELECT repo, count(*) AS builds, count(*) FILTER (WHERE state IN ('waiting', 'running')) AS open,
           max(created_at) AS at
    FROM task WHERE origin = 'sweep' AND created_at >= $since
    GROUP BY repo ORDER BY max(created_at) DESC, repo
"""
_TROUBLES = """
    SELECT repo, reason, min(number) AS number,
           count(*) FILTER (WHERE state = 'failed') AS failed,
           count(*) FILTER (WHERE state <> 'failed') AS waiting
    FROM task WHERE state IN ('failed', 'waiting', 'running') AND (state = 'failed' OR reason IS NOT NULL)
    GROUP BY repo, reason
    ORDER BY count(*) DESC, reason, repo
"""
_LAG = """
    SELECT count(*) AS tasks,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS median,
           percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds) AS p95,
           max(seconds) AS longest
    FROM (
        SELECT CAST(extract(epoch FROM finished_at) - extract(epoch FROM created_at) AS DOUBLE PRECISION)
                   AS seconds
        FROM task
        WHERE origin = 'hook' AND state = 'done' AND finished_at >= $since AND finished_at < $until
    ) AS lags
"""
_FAILED_IDS = """
    SELECT id, repo FROM task WHERE state = 'failed' {import}
    ORDER BY finished_at DESC, id LIMIT $limit
"""
