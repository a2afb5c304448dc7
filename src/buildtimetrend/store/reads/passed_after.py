"""How long the builds took that passed after one: whether what it took longer is over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from buildtimetrend.model import Value
from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.reads.repos import repo_id
from buildtimetrend.store.reads.usual import BUILDS


def passed_after(store: Store, repo: str, build: Mapping[str, Any]) -> list[float]:
    """Durations (s) of the first `BUILDS` attempts that passed of builds of the same pipeline that began
    when this one (a row of `builds`) had ended, in the order in which they ended.
    """
    if build["finished_at"] is None:
        return []
    of: dict[str, Value] = {
        "repo_id": repo_id(store, repo),
        "pipeline": build["pipeline_id"],
        "ended": build["finished_at"],
        "build_id": build["build_id"],
        "most": BUILDS,
    }
    return [row["duration"] for row in rows(store.select(_PASSED, of))]


# DuckDB skips, and PostgreSQL has an index, by when builds ended.
_PASSED = """
    SELECT duration FROM build
    WHERE repo_id = $repo_id AND pipeline = $pipeline AND finished_at > $ended AND started_at >= $ended
        AND result = 'passed' AND duration IS NOT NULL AND build_id <> $build_id
    ORDER BY finished_at LIMIT $most
"""
