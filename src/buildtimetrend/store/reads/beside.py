"""What other projects' builds were like at the same time, and what was found in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.reads.alerts import FINDINGS
from buildtimetrend.store.reads.names import named

MOST_JOBS = 10_000  # before, between and since, each time those that are nearest


def jobs_of_all(
    store: Store,
    between: tuple[datetime, datetime],
    around: timedelta,
    until: datetime,
    repos: Sequence[int] | None = None,
) -> list[dict[str, Any]]:
    """Jobs of all repos, or of some, that passed and began between two instants, or at most `around` before
    the first, or since the second and before `until`; ascending: `repo_id`, `pipeline`, `build_id`, `name`,
    `matrix`, `started_at`, `duration`, `queue_time`, and in JSON `matrix_values`, `worker_facts`, `details`.

    Of each of the three at most `MOST_JOBS`: however many jobs an installation has, none is left out whole.
    """
    since, by = between[0], max(between)
    names, given = named("repo", repos or ())
    chosen = "" if repos is None else f" AND repo_id IN ({names})"
    found = [
        row
        for first, end, order in ((since - around, since, "DESC"), (since, by, "ASC"), (by, until, "ASC"))
        for row in rows(
            store.select(
                _JOBS.replace("{repos}", chosen).replace("{order}", order),
                {"since": first, "until": end, "most": MOST_JOBS, **given},
            )
        )
    ]
    return sorted(found, key=lambda row: (row["started_at"], row["repo_id"], row["build_id"]))


def found_beside(
    store: Store, repos: Sequence[int], since: datetime, until: datetime
) -> list[dict[str, Any]]:
    """Findings of these repos that began between the two, for all that is known, as `reads.kept_findings` has
    them. The longest known come first.
    """
    if not repos:
        return []
    names, given = named("repo", repos)
    sql = _FOUND.replace("{repos}", names)
    return rows(store.select(sql, {"since": since, "until": until, **given}))


def found_since(store: Store, since: datetime) -> list[dict[str, Any]]:
    """Of findings of all repos that began since then, for all that is known: `id`, `repo_id`, `pipeline`,
    `slower`, `since_at`, `first_at`, `last_at`, `over_at`.
    """
    return rows(store.select(_SINCE, {"since": since}))


def found_on_images(store: Store, since: datetime) -> list[dict[str, Any]]:
    """Findings of all repos that say what jobs on an image did in several of them (`on_image`), and may have
    begun since then, as `reads.kept_findings` has them. The longest known come first.
    """
    return rows(store.select(_ON_IMAGES, {"since": since}))


def led_by(store: Store, finding: str) -> list[dict[str, Any]]:
    """`repo_id` and `pipeline` of findings of all repos that this one speaks for."""
    return rows(store.select(_LED, {"led": f'%"part_of":{{%"id":"{finding}"%'}))


_JOBS = """
    SELECT repo_id, pipeline, build_id, name, matrix, matrix_values, worker_facts, details, started_at,
           duration, queue_time
    FROM job
    WHERE started_at >= $since AND started_at < $until AND result = 'passed' AND duration > 0{repos}
    ORDER BY started_at {order} LIMIT $most
"""
_FOUND = f"""
    {FINDINGS}
    WHERE finding.repo_id IN ({{repos}}) AND withdrawn_at IS NULL AND first_at <= $until AND last_at >= $since
    ORDER BY found_at, id
"""
_ON_IMAGES = f"""
    {FINDINGS}
    WHERE withdrawn_at IS NULL AND last_at >= $since AND document LIKE '%"on_image":{{"%'
    ORDER BY found_at, id
"""
_LED = "SELECT DISTINCT repo_id, pipeline FROM finding WHERE withdrawn_at IS NULL AND document LIKE $led"
_SINCE = """
    SELECT id, repo_id, pipeline, seconds > 0 AS slower, since_at, first_at, last_at, over_at FROM finding
    WHERE withdrawn_at IS NULL AND last_at >= $since
"""
