"""The last builds of a pipeline with what budgets are about."""

from __future__ import annotations

from typing import Any

from buildtimetrend.model import Query
from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.reads.branches import BranchClass
from buildtimetrend.store.reads.filters import DECIDED, ask

MOST = 2000


def served_builds(
    store: Store, query: Query, of: BranchClass, most: int = MOST, *, waits: bool = True
) -> list[dict[str, Any]]:
    """Of the latest in the range that passed or did not, the last attempt of each, in the order in which they
    ended: what `passed_builds` has, with `result`; and with `waits`, `queue_time`, the median of its jobs.
    """
    sql = (_WITH_WAITS if waits else _BUILDS).replace("{branches}", of.condition)
    found = rows(ask(store, query, sql, most=most, **of.given))
    last = {(row["provider"], row["instance"], row["build_id"]): row for row in found}
    return sorted(last.values(), key=lambda row: (row["finished_at"], row["build_id"]))


_LATEST = f"""
    SELECT provider, instance, build_id, attempt, number, commit_id, message, author, branch, url, result,
           coalesce(started_at, finished_at) AS started_at, finished_at, duration
    FROM build WHERE {{builds}} AND {DECIDED}{{branches}}
    ORDER BY finished_at DESC, build_id DESC, attempt DESC LIMIT $most
"""  # noqa: S608 - fixed text only
_BUILDS = f"SELECT * FROM ({_LATEST}) AS latest ORDER BY finished_at, build_id, attempt"  # noqa: S608
_WITH_WAITS = f"""
    WITH latest AS ({_LATEST}), waits AS (
        SELECT provider, instance, build_id, attempt,
               percentile_cont(0.5) WITHIN GROUP (ORDER BY queue_time) AS queue_time
        FROM job WHERE {{jobs}} AND queue_time IS NOT NULL
        GROUP BY provider, instance, build_id, attempt
    )
    SELECT latest.*, queue_time FROM latest LEFT JOIN waits USING (provider, instance, build_id, attempt)
    ORDER BY finished_at, build_id, attempt
"""  # noqa: S608 - fixed text only
