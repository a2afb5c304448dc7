"""Runs of a step or of a job over time: figures, groups, medians of buckets."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from buildtimetrend.enough import SIDE
from buildtimetrend.model import Query
from buildtimetrend.timeframes import INTERVALS, buckets
from buildtimetrend.web.analysis.picture import Median

GROUPS = 20  # jobs, branches and commands: the most frequent
ENOUGH = 2 * SIDE  # runs, for what 95 % are within

Run = Mapping[str, Any]


def medians(found: Iterable[Run], query: Query) -> list[Median]:
    """Of each bucket of the range that has runs."""
    starts = buckets(query.since, query.until, query.interval)
    inside: defaultdict[int, list[float]] = defaultdict(list)
    for run in found:
        inside[bisect_right(starts, run["finished_at"]) - 1].append(run["seconds"])
    width = INTERVALS[query.interval]
    return [
        Median(
            max(starts[place], query.since), min(starts[place] + width, query.until), median(inside[place])
        )
        for place in sorted(inside)
        if place >= 0
    ]


def figures(found: Sequence[Run], failed: Callable[[Run], bool]) -> dict[str, Any]:
    """`runs`, `median`, `p95` (s; None for fewer than `ENOUGH`), `total` (s) and how many `failed`."""
    seconds = sorted(run["seconds"] for run in found)
    return {
        "runs": len(seconds),
        "median": median(seconds),
        "p95": seconds[int(0.95 * len(seconds))] if len(seconds) >= ENOUGH else None,
        "total": sum(seconds),
        "failed": sum(map(failed, found)),
    }


def grouped(
    found: Sequence[Run], group_of: Callable[[Run], str], failed: Callable[[Run], bool]
) -> list[dict[str, Any]]:
    """The most frequent groups; `few` have too few runs to be compared."""
    groups: defaultdict[str, list[Run]] = defaultdict(list)
    for run in found:
        groups[group_of(run)].append(run)
    most = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))[:GROUPS]
    return [{"name": name, **figures(runs, failed), "few": len(runs) < SIDE} for name, runs in most]
