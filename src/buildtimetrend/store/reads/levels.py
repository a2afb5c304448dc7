"""What monitoring asks of all repos: how long their builds take now, and which budgets burn."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from buildtimetrend.store.base import Store, rows


def levels(store: Store, since: datetime, until: datetime, most: int) -> list[dict[str, Any]]:
    """Median `duration` (s) of the builds that passed in a range, by `repo`; those with most builds first."""
    return rows(store.select(_LEVELS, {"since": since, "until": until, "most": most}))


def burning_budgets(store: Store, most: int) -> list[dict[str, Any]]:
    """In how many `pipelines` of a `repo` a `budget` burns."""
    return rows(store.select(_BURNING, {"most": most}))


_LEVELS = """
    SELECT r.slug AS repo, level.duration
    FROM (
        SELECT repo_id, count(*) AS builds, percentile_cont(0.5) WITHIN GROUP (ORDER BY duration) AS duration
        FROM build
        WHERE finished_at >= $since AND finished_at < $until AND result = 'passed' AND duration IS NOT NULL
        GROUP BY repo_id
    ) AS level JOIN repo r ON r.id = level.repo_id
    ORDER BY level.builds DESC, r.slug LIMIT $most
"""
_BURNING = """
    SELECT r.slug AS repo, f.thing AS budget, count(*) AS pipelines
    FROM finding f JOIN repo r ON r.id = f.repo_id
    WHERE f.what = 'budget' AND f.over_at IS NULL AND f.withdrawn_at IS NULL
    GROUP BY r.slug, f.thing ORDER BY r.slug, f.thing LIMIT $most
"""
