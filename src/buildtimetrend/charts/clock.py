"""Job durations by the hour and weekday at which jobs started, in UTC."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from buildtimetrend.charts.base import Chart
from buildtimetrend.model import Column, Query, Value
from buildtimetrend.store.base import Store, Table
from buildtimetrend.store.reads import ask, number_of
from buildtimetrend.timeframes import TIMEFRAMES

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HOURS_OF_WEEK = range(7 * 24)
LAST = ("week", "month", "year")  # side by side, each up to the end of the range


def hours(store: Store, query: Query) -> tuple[Column, ...]:
    return _side_by_side(store, query, "hour", tuple(range(24)), lambda hour: hour % 24)


def weekdays(store: Store, query: Query) -> tuple[Column, ...]:
    return _side_by_side(store, query, "weekday", WEEKDAYS, lambda hour: hour // 24)


def heatmap(store: Store, query: Query) -> tuple[Column, ...]:
    found = ask(store, query, _HOURS_OF_WEEK)
    counts = dict(zip(found["hour"], found["jobs"], strict=True))
    return (
        Column("weekday", "", tuple(WEEKDAYS[hour // 24] for hour in HOURS_OF_WEEK)),
        Column("hour", "", tuple(hour % 24 for hour in HOURS_OF_WEEK)),
        Column("average", "s", _averages(found, HOURS_OF_WEEK, "total", "jobs", lambda hour: hour)),
        Column("jobs", "jobs", tuple(counts.get(hour, 0) for hour in HOURS_OF_WEEK)),
    )


def _side_by_side(
    store: Store, query: Query, key: str, places: Sequence[Value], place_of: Callable[[int], int]
) -> tuple[Column, ...]:
    """Average duration by place, in the last week, month and year, whatever the start of the range."""
    since = {name: query.until - TIMEFRAMES[name][0] for name in LAST}
    asked = replace(query, since=since["year"])
    found = ask(store, asked, _LAST, week=since["week"], month=since["month"])
    return (
        Column(key, "", tuple(places)),
        *(
            Column(name, "s", _averages(found, range(len(places)), f"{name}_total", f"{name}_jobs", place_of))
            for name in LAST
        ),
    )


def _averages(
    table: Table, places: Sequence[int], total: str, count: str, place_of: Callable[[int], int]
) -> tuple[float | None, ...]:
    """Of the jobs of each place that an hour of the week has; None where there are none."""
    found: dict[str, list[Any]] = table
    totals, jobs = [0.0] * len(places), [0] * len(places)
    for hour, seconds, number in zip(found["hour"], found[total], found[count], strict=True):
        totals[place_of(hour)] += seconds or 0.0
        jobs[place_of(hour)] += number
    return tuple(seconds / number if number else None for seconds, number in zip(totals, jobs, strict=True))


_HOUR = f"{number_of('started_at', '3600')} % {len(HOURS_OF_WEEK)} AS hour"
_HOURS_OF_WEEK = f"""
    SELECT {_HOUR}, sum(duration) AS total, count(*) AS jobs FROM job WHERE {{timed}} GROUP BY 1
"""  # noqa: S608 - fixed text only
_LAST = f"""
    SELECT {_HOUR},
           sum(duration) FILTER (WHERE finished_at >= $week) AS week_total,
           count(*) FILTER (WHERE finished_at >= $week) AS week_jobs,
           sum(duration) FILTER (WHERE finished_at >= $month) AS month_total,
           count(*) FILTER (WHERE finished_at >= $month) AS month_jobs,
           sum(duration) AS year_total, count(*) AS year_jobs
    FROM job WHERE {{timed}} GROUP BY 1
"""  # noqa: S608 - fixed text only

CHARTS = (
    Chart(
        "hours",
        "Job duration by hour",
        "s",
        "Average duration of jobs by the hour they started in (UTC), in the last week, month and year up to "
        "the end of the range.",
        hours,
    ),
    Chart(
        "weekdays",
        "Job duration by weekday",
        "s",
        "Average duration of jobs by the weekday they started on (UTC), in the last week, month and year up "
        "to the end of the range.",
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
