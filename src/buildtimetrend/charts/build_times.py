"""How long builds take, from start to end: over time, and each by itself."""

from __future__ import annotations

from buildtimetrend.charts.base import Chart, columns, over_time
from buildtimetrend.charts.last_attempts import LAST_ATTEMPTS
from buildtimetrend.model import Column, Query
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads import ask

# More points than these cover each other; the slowest are what one looks for.
POINTS = 3000
SLOWEST = 300


def build_times(store: Store, query: Query) -> tuple[Column, ...]:
    return over_time(query, ask(store, query, _TIMES))


def build_points(store: Store, query: Query) -> tuple[Column, ...]:
    return columns(ask(store, query, _SINGLE, points=POINTS, slowest=SLOWEST, others=POINTS - SLOWEST))


_TIMES = f"""
    {LAST_ATTEMPTS}
    SELECT {{bucket}} AS bucket, avg(duration) AS average,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY duration) AS p50,
           percentile_cont(0.95) WITHIN GROUP (ORDER BY duration) AS p95,
           count(*) AS builds
    FROM last_attempts WHERE {{counts}} GROUP BY 1
"""  # noqa: S608 - fixed text only
# Every k-th by time, k being the least that leaves no more than the points that are not kept for the slowest.
_SINGLE = """
    WITH chosen AS (
        SELECT finished_at, duration, result, number, attempt, provider, branch, instance, build_id
        FROM build WHERE {builds} AND duration IS NOT NULL
    ), ranked AS (
        SELECT *, count(*) OVER () AS builds,
               row_number() OVER (ORDER BY finished_at, provider, instance, build_id, attempt) AS place,
               row_number() OVER (ORDER BY duration DESC, finished_at, provider, instance, build_id, attempt)
                   AS slowness
        FROM chosen
    )
    SELECT finished_at, duration, result, number AS build, attempt, provider, branch
    FROM ranked
    WHERE builds <= $points OR slowness <= $slowest
       OR (place - 1) % CAST(ceil(CAST(builds AS DOUBLE PRECISION) / $others) AS BIGINT) = 0
    ORDER BY place
"""

CHARTS = (
    Chart(
        "build_times",
        "Build duration",
        "s",
        "Average, median and 95th percentile of the wall time of builds that passed, failed or errored; one "
        "that ran again counts once, by its last attempt in the range.",
        build_times,
    ),
    Chart(
        "build_points",
        "Single builds",
        "s",
        f"Wall time of each build, every attempt and result. Of more than {POINTS:,} the {SLOWEST} slowest "
        "are there, and the others in equal steps.",
        build_points,
    ),
)
