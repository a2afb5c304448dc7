"""Where the time of jobs goes: their steps. Those within other steps are left out: no time counts twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from buildtimetrend.charts.base import NAMES, OTHER, Chart, columns, spread
from buildtimetrend.charts.margins import NOTHING, Sums, margin
from buildtimetrend.enough import SIDE, Change
from buildtimetrend.model import Column, Query
from buildtimetrend.steps import label
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads import (
    ask_sums,
    changed,
    enough_builds,
    jobs_by_bucket,
    previous_range,
    slowest,
)


def steps(store: Store, query: Query) -> tuple[Column, ...]:
    found: dict[str, list[Any]] = ask_sums(store, query, _STEPS, by_bucket=True, names=NAMES)
    jobs = jobs_by_bucket(store, query) if None in found["key"] else {}
    cells: dict[tuple[Any, Any], float | None] = {}
    ranks: dict[str, tuple[float, str]] = {}
    for bucket, key, total, runs, whole in zip(*found.values(), strict=True):
        if key is None:
            # A sum of averages would make much of steps that run once in a while. Between the two questions
            # a build may have been saved anew: then a bucket may have no jobs.
            cells[bucket, OTHER] = total / jobs[bucket] if bucket in jobs else None
            ranks[OTHER] = (0.0, OTHER)
        else:
            cells[bucket, key] = total / runs
            ranks[key] = (-whole, key)
    keys = sorted(ranks.keys() - {OTHER}, key=ranks.__getitem__)
    return spread(query, [*keys, OTHER] if OTHER in ranks else keys, "s", cells)


def slowest_steps(store: Store, query: Query) -> tuple[Column, ...]:
    found: dict[str, list[Any]] = slowest(store, query, NAMES)
    earlier = ask_sums(store, previous_range(query), _SUMS)
    now, before = (_sums(of) for of in (found, earlier))
    builds = [enough_builds(store, of) for of in (query, previous_range(query))]
    whole = found["whole"][0] if found["key"] else 0.0
    table: dict[str, list[Any]] = {
        "step": [*map(label, found["key"], found["phase"])],
        "phase": found["phase"],
        "average": found["average"],
        "p50": found["p50"],
        "p95": found["p95"],
        "share": [100.0 * total / whole if whole else None for total in found["total"]],
        "runs": found["runs"],
        "previous": [before[key].mean if key in before else None for key in found["key"]],
        "previous_runs": [before.get(key, NOTHING).jobs for key in found["key"]],
    }
    changes = [_changed(query, now[key], before.get(key, NOTHING), builds) for key in found["key"]]
    table |= {"change": [one.percent for one in changes], "verdict": [one.verdict for one in changes]}
    if found["key"] and (runs := found["all_runs"][0] - sum(found["runs"])):
        rest = whole - sum(found["total"])
        share = 100.0 * rest / whole if whole else None
        # All others are no one step: there is neither a median of them, nor anything to compare.
        other = (OTHER, None, rest / runs, None, None, share, runs, *[None] * 4)
        table = {name: [*values, value] for (name, values), value in zip(table.items(), other, strict=True)}
    return columns(table)


def _sums(found: dict[str, list[Any]]) -> dict[Any, Sums]:
    """Of the runs of each step, by its key."""
    columns = (found[name] for name in ("runs", "total", "squares"))
    return {key: Sums(*values) for key, *values in zip(found["key"], *columns, strict=True)}


def _changed(query: Query, now: Sums, before: Sums, builds: Sequence[int]) -> Change:
    means = now.mean, before.mean if before.jobs else None
    return changed(query, *means, now.jobs, before.jobs, *builds, margin=margin(before, now))


# Ranked after the sums per bucket and name, and by windows over them, so that the many steps are read once.
_STEPS = """
    WITH sums AS (
        SELECT bucket, key, sum(total) AS total, sum(runs) AS runs FROM {sums} AS part GROUP BY bucket, key
    ), wholes AS (
        SELECT bucket, key, total, runs, sum(total) OVER (PARTITION BY key) AS whole FROM sums
    ), places AS (
        SELECT bucket, key, total, runs, whole, dense_rank() OVER (ORDER BY whole DESC, key) AS place
        FROM wholes
    ), named AS (
        SELECT bucket, total, runs, CASE WHEN place <= $names THEN key END AS key,
               CASE WHEN place <= $names THEN whole END AS whole
        FROM places
    )
    SELECT bucket, key, sum(total) AS total, CAST(sum(runs) AS BIGINT) AS runs, whole
    FROM named GROUP BY bucket, key, whole
"""
_SUMS = """
    SELECT key, CAST(sum(runs) AS BIGINT) AS runs, sum(total) AS total, sum(squares) AS squares
    FROM {sums} AS part GROUP BY key
"""

CHARTS = (
    Chart(
        "steps",
        "Step duration",
        "s",
        f"Average duration of each step: the {NAMES} that took most time in the range, and as `{OTHER}` the "
        "time that all others took per job.",
        steps,
    ),
    Chart(
        "slowest_steps",
        "Slowest steps",
        "s",
        f"The {NAMES} steps that took most time in the range, and all others as `{OTHER}`: their durations, "
        "share of the time of all steps, average and runs in the range of the same length before, and how "
        f"much longer they take now, where {SIDE} runs and builds on both sides are enough to tell.",
        slowest_steps,
    ),
)
