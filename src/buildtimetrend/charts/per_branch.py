"""Builds per branch: over time, and each branch's share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from buildtimetrend.charts.base import NAMES, NONE, OTHER, Chart, cells, columns, spread
from buildtimetrend.model import Column, Query
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads import ask
from buildtimetrend.store.reads.last_attempts import LAST_ATTEMPTS


def builds_per_branch(store: Store, query: Query) -> tuple[Column, ...]:
    found = cells(ask(store, query, _OVER_TIME))
    sizes = Counter[str]()
    for (_, branch), count in found.items():
        sizes[branch or NONE] += count
    names = _names(sizes)
    counts = Counter[tuple[Any, Any]]()
    for (bucket, branch), count in found.items():
        counts[bucket, _name(branch or NONE, names)] += count
    return spread(query, names, "builds", counts)


def branch_builds(store: Store, query: Query) -> tuple[Column, ...]:
    found: dict[str, list[Any]] = ask(store, query, _IN_ALL)
    sizes = Counter[str]()
    for branch, count in zip(found["branch"], found["builds"], strict=True):
        sizes[branch or NONE] += count
    names = _names(sizes)
    builds = dict.fromkeys(names, 0)
    for branch, count in sizes.items():
        builds[_name(branch, names)] += count
    whole = sizes.total()
    return columns(
        {
            "branch": [*names],
            "builds": [*builds.values()],
            "share": [100.0 * count / whole for count in builds.values()],
        }
    )


def _names(sizes: Mapping[str, int]) -> list[str]:
    """The branches with most builds, those first, and `OTHER` if there are more."""
    shown = sorted(sizes, key=lambda branch: (-sizes[branch], branch))[:NAMES]
    return shown if len(sizes) == len(shown) or OTHER in shown else [*shown, OTHER]


def _name(branch: str, names: list[str]) -> str:
    return branch if branch in names else OTHER


_OVER_TIME = f"""
    {LAST_ATTEMPTS}
    SELECT {{bucket}} AS bucket, branch, count(*) AS builds FROM last_attempts GROUP BY 1, 2
"""  # noqa: S608 - fixed text only
_IN_ALL = f"""
    {LAST_ATTEMPTS}
    SELECT branch, count(*) AS builds FROM last_attempts GROUP BY branch
"""  # noqa: S608 - fixed text only

CHARTS = (
    Chart(
        "builds_per_branch",
        "Builds per branch",
        "builds",
        f"Builds by branch: the {NAMES} branches with most builds in the range, all others as `{OTHER}`.",
        builds_per_branch,
    ),
    Chart(
        "branch_builds",
        "Share of each branch",
        "%",
        f"Builds of each branch over the range, and its share of all: the {NAMES} with most builds, all "
        f"others as `{OTHER}`.",
        branch_builds,
    ),
)
