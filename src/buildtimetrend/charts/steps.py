"""Where the time of jobs goes: their steps. Those within other steps are left out: no time counts twice."""

from __future__ import annotations

from typing import Any

from buildtimetrend.charts.base import NAMES, OTHER, Chart, columns, spread
from buildtimetrend.model import Column, Query
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads import ask


def steps(store: Store, query: Query) -> tuple[Column, ...]:
    found: dict[str, list[Any]] = ask(store, query, _STEPS, names=NAMES)
    cells: dict[tuple[Any, Any], float | None] = {}
    places: dict[str, int] = {}
    for bucket, name, place, total, runs, jobs in zip(*found.values(), strict=True):
        # Of the rest a sum of averages would make much of steps that run once in a while.
        cells[bucket, name or OTHER] = total / (jobs if name is None else runs)
        places[name or OTHER] = place
    return spread(query, sorted(places, key=places.__getitem__), "s", cells)


def step_shares(store: Store, query: Query) -> tuple[Column, ...]:
    found: dict[str, list[Any]] = ask(store, query, _SHARES, names=NAMES)
    whole = sum(found["total"])
    return columns(
        {
            "step": [OTHER if name is None else name for name in found["name"]],
            "average": found["average"],
            "share": [100.0 * total / whole if whole else None for total in found["total"]],
            "runs": found["runs"],
        }
    )


# Ranked after the sums per bucket and name, so that the many steps are read once.
_STEPS = """
    WITH chosen AS (
        SELECT job_key, {bucket} AS bucket FROM job WHERE {timed}
    ), sums AS (
        SELECT bucket, name, sum(step.duration) AS total, count(*) AS runs
        FROM step JOIN chosen ON step.job_key = chosen.job_key
        WHERE repo_id = $repo_id AND depth = 0
        GROUP BY bucket, name
    ), ranked AS (
        SELECT name, row_number() OVER (ORDER BY sum(total) DESC, name) AS place FROM sums GROUP BY name
    ), named AS (
        SELECT bucket, total, runs, CASE WHEN place <= $names THEN sums.name END AS name,
               CASE WHEN place <= $names THEN place ELSE $names + 1 END AS place
        FROM sums JOIN ranked ON sums.name = ranked.name
    )
    SELECT named.bucket, name, place, sum(total) AS total, CAST(sum(runs) AS BIGINT) AS runs, jobs
    FROM named JOIN (SELECT bucket, count(*) AS jobs FROM chosen GROUP BY bucket) AS counts
    ON counts.bucket = named.bucket
    GROUP BY named.bucket, name, place, jobs
"""
_SHARES = """
    WITH sums AS (
        SELECT name, sum(step.duration) AS total, count(*) AS runs
        FROM step JOIN (SELECT job_key FROM job WHERE {timed}) AS chosen ON step.job_key = chosen.job_key
        WHERE repo_id = $repo_id AND depth = 0
        GROUP BY name
    ), ranked AS (
        SELECT name, total, runs, row_number() OVER (ORDER BY total DESC, name) AS place FROM sums
    ), named AS (
        SELECT total, runs, CASE WHEN place <= $names THEN name END AS name,
               CASE WHEN place <= $names THEN place ELSE $names + 1 END AS place
        FROM ranked
    )
    SELECT name, sum(total) / sum(runs) AS average, sum(total) AS total, CAST(sum(runs) AS BIGINT) AS runs
    FROM named GROUP BY name, place ORDER BY place
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
        "step_shares",
        "Share of each step",
        "s",
        f"Average duration of each step over the range, and its share of the time of all steps: the {NAMES} "
        f"that took most time, and all others as `{OTHER}`.",
        step_shares,
    ),
)
