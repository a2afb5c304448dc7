"""How long builds take, from start to end."""

from __future__ import annotations

from buildtimetrend.charts.base import Chart, over_time
from buildtimetrend.model import Column, Query
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads import ask, p50, p95
from buildtimetrend.store.reads.last_attempts import LAST_ATTEMPTS


def build_times(store: Store, query: Query) -> tuple[Column, ...]:
    return over_time(query, ask(store, query, _TIMES))


_TIMES = f"""
    {LAST_ATTEMPTS}
    SELECT {{bucket}} AS bucket, avg(duration) AS average,
           {p50("duration")} AS p50, {p95("duration")} AS p95, count(*) AS builds
    FROM last_attempts WHERE {{counts}} GROUP BY 1
"""  # noqa: S608 - fixed text only

CHARTS = (
    Chart(
        "build_times",
        "Build duration",
        "s",
        "Average, median and 95th percentile of the wall time of builds that passed, failed or errored; one "
        "that ran again counts once, by its last attempt in the range.",
        build_times,
    ),
)
