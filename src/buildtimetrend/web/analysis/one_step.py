"""One step over time: how long it takes, in which jobs and branches, and what it ran."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from buildtimetrend.enough import SIDE
from buildtimetrend.errors import NotFound
from buildtimetrend.findings.series import job_of
from buildtimetrend.model import Query
from buildtimetrend.steps import label
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store, rows
from buildtimetrend.timeframes import INTERVALS, buckets
from buildtimetrend.web.analysis.picture import Median

GROUPS = 20  # jobs, branches and commands: the most frequent
SLOWEST = 10
ENOUGH = 20  # runs, for what 95 % are within

Run = Mapping[str, Any]


def one_step(store: Store, query: Query, key: str) -> dict[str, Any]:
    """`runs`, `median`, `p95` (s; None for fewer than `ENOUGH` runs), `total` and `failed` of all runs in the
    range; the same by `jobs` and `branches`; its `commands` and former `names` with their runs; the `slowest`
    runs, and `all` of them, the newest first.

    Raises `NotFound` where none of the jobs ran it.
    """
    found = rows(reads.step_runs(store, query, key))
    if not found:
        raise NotFound(f"No job of {query.repo} in this range ran a step {key!r}.", detail="step")
    phase = found[0]["phase"]
    return {
        "key": key,
        "name": label(key, phase),
        "phase": phase,
        **_figures(found),
        "jobs": _by(found, job_of),
        "branches": _by(found, lambda run: run["branch"] or ""),
        "commands": _counted(run["command"] or "" for run in found),
        "names": _counted(run["step_name"] for run in found),
        "slowest": sorted(found, key=lambda run: -run["seconds"])[:SLOWEST],
        "all": found,
    }


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


def _figures(found: Sequence[Run]) -> dict[str, Any]:
    seconds = sorted(run["seconds"] for run in found)
    return {
        "runs": len(seconds),
        "median": median(seconds),
        "p95": seconds[int(0.95 * len(seconds))] if len(seconds) >= ENOUGH else None,
        "total": sum(seconds),
        "failed": sum(run["step_result"] == "failed" for run in found),
    }


def _by(found: Sequence[Run], group_of: Callable[[Run], str]) -> list[dict[str, Any]]:
    """The most frequent groups; `few` have too few runs to be compared."""
    groups: defaultdict[str, list[Run]] = defaultdict(list)
    for run in found:
        groups[group_of(run)].append(run)
    most = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))[:GROUPS]
    return [{"name": name, **_figures(runs), "few": len(runs) < SIDE} for name, runs in most]


def _counted(texts: Iterable[str]) -> list[dict[str, Any]]:
    return [{"text": text, "runs": runs} for text, runs in Counter(texts).most_common(GROUPS) if text]
