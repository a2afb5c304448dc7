"""Job durations by the hour and weekday at which jobs started, in UTC."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from buildtimetrend.charts.base import Chart
from buildtimetrend.model import Column, Query
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads import ask, number_of

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HOURS_OF_WEEK = range(7 * 24)


def hours(store: Store, query: Query) -> tuple[Column, ...]:
    figures = _figures(store, query, 24, lambda hour: hour % 24)
    return (Column("hour", "", tuple(range(24))), *figures)


def weekdays(store: Store, query: Query) -> tuple[Column, ...]:
    figures = _figures(store, query, 7, lambda hour: hour // 24)
    return (Column("weekday", "", WEEKDAYS), *figures)


def heatmap(store: Store, query: Query) -> tuple[Column, ...]:
    return (
        Column("weekday", "", tuple(WEEKDAYS[hour // 24] for hour in HOURS_OF_WEEK)),
        Column("hour", "", tuple(hour % 24 for hour in HOURS_OF_WEEK)),
        *_figures(store, query, len(HOURS_OF_WEEK), lambda hour: hour),
    )


def _figures(
    store: Store, query: Query, places: int, place_of: Callable[[int], int]
) -> tuple[Column, Column]:
    """Average duration and number of jobs by the place that an hour of the week has."""
    found: dict[str, list[Any]] = ask(store, query, _HOURS_OF_WEEK)
    totals, jobs = [0.0] * places, [0] * places
    for hour, total, count in zip(found["hour"], found["total"], found["jobs"], strict=True):
        totals[place_of(hour)] += total
        jobs[place_of(hour)] += count
    averages = (total / count if count else None for total, count in zip(totals, jobs, strict=True))
    return Column("average", "s", tuple(averages)), Column("jobs", "jobs", tuple(jobs))


_HOURS_OF_WEEK = f"""
    SELECT {number_of("started_at", "3600")} % {len(HOURS_OF_WEEK)} AS hour, sum(duration) AS total,
           count(*) AS jobs
    FROM job WHERE {{timed}} GROUP BY 1
"""  # noqa: S608 - fixed text only

CHARTS = (
    Chart(
        "hours",
        "Job duration by hour",
        "s",
        "Average duration of jobs by the hour they started in (UTC).",
        hours,
    ),
    Chart(
        "weekdays",
        "Job duration by weekday",
        "s",
        "Average duration of jobs by the weekday they started on (UTC).",
        weekdays,
    ),
    Chart(
        "heatmap",
        "Job duration by weekday and hour",
        "s",
        "Average duration and number of jobs by the weekday and hour they started in (UTC).",
        heatmap,
    ),
)
