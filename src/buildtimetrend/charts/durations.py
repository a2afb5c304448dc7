"""Durations, queue times and success of jobs over time."""

from __future__ import annotations

from buildtimetrend.charts.base import Chart, over_time
from buildtimetrend.model import Column, Query
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads import ask, p50, p95


def duration(store: Store, query: Query) -> tuple[Column, ...]:
    return over_time(query, ask(store, query, _DURATION))


def queue(store: Store, query: Query) -> tuple[Column, ...]:
    return over_time(query, ask(store, query, _QUEUE))


def success(store: Store, query: Query) -> tuple[Column, ...]:
    found = ask(store, query, _SUCCESS)
    if "result" in query.filters:  # of which all or none passed
        found["success_rate"] = [None] * len(found["success_rate"])
    return over_time(query, found)


_DURATION = f"""
    SELECT {{bucket}} AS bucket, avg(duration) AS average,
           {p50("duration")} AS p50, {p95("duration")} AS p95, count(*) AS jobs
    FROM job WHERE {{timed}} GROUP BY 1
"""  # noqa: S608 - fixed text only
_QUEUE = f"""
    SELECT {{bucket}} AS bucket, avg(queue_time) AS average,
           {p50("queue_time")} AS p50, {p95("queue_time")} AS p95, count(*) AS jobs
    FROM job WHERE {{jobs}} AND queue_time IS NOT NULL GROUP BY 1
"""  # noqa: S608 - fixed text only
_SUCCESS = """
    SELECT {bucket} AS bucket,
           CAST(count(*) FILTER (WHERE result = 'passed') AS DOUBLE PRECISION) * 100 / count(*)
               AS success_rate,
           count(*) AS jobs
    FROM job WHERE {jobs} AND result IN ('passed', 'failed', 'errored') GROUP BY 1
"""

CHARTS = (
    Chart(
        "duration",
        "Job duration",
        "s",
        "Average, median and 95th percentile of the run time of jobs that passed, failed or errored.",
        duration,
    ),
    Chart(
        "queue",
        "Queue time",
        "s",
        "How long jobs waited for a worker before they started; no part of their duration.",
        queue,
    ),
    Chart(
        "success",
        "Success rate",
        "%",
        "Share of passed jobs among those that passed, failed or errored, not canceled or skipped; "
        "none where a result is chosen.",
        success,
    ),
)
