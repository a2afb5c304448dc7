"""What other projects' builds were like at the same time, and what was found in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.reads.names import named

MOST_JOBS = 20_000  # the newest


def jobs_of_all(store: Store, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """Jobs of all repos that passed and began in [since, until), ascending: `repo_id`, `build_id`, `name`,
    `matrix`, `started_at`, `duration`, `queue_time`, and in JSON `matrix_values`, `worker_facts`, `details`.
    """
    found = rows(store.select(_JOBS, {"since": since, "until": until, "most": MOST_JOBS}))
    return sorted(found, key=lambda row: (row["started_at"], row["repo_id"], row["build_id"]))


def found_beside(
    store: Store, repos: Sequence[int], since: datetime, until: datetime
) -> list[dict[str, Any]]:
    """Findings of these repos that began between the two, for all that is known: `id`, `repo_id`, `what`,
    `seconds`, `document`, and the `state` of their alert where there is one. The longest known come first.
    """
    if not repos:
        return []
    names, given = named("repo", repos)
    sql = _FOUND.replace("{repos}", names)
    return rows(store.select(sql, {"since": since, "until": until, **given}))


_JOBS = """
    SELECT repo_id, build_id, name, matrix, matrix_values, worker_facts, details, started_at, duration,
           queue_time
    FROM job
    WHERE started_at >= $since AND started_at < $until AND result = 'passed' AND duration > 0
    ORDER BY started_at DESC LIMIT $most
"""
_FOUND = """
    SELECT id, finding.repo_id, what, seconds, document, state
    FROM finding LEFT JOIN alert ON alert.finding = finding.id
    WHERE finding.repo_id IN ({repos}) AND withdrawn_at IS NULL AND first_at <= $until AND last_at >= $since
    ORDER BY found_at, id
"""
