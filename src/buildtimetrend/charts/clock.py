"""Job durations by the hour and weekday at which jobs started, in UTC."""

from __future__ import annotations

from typing import Any

from buildtimetrend.charts.base import Chart, filled
from buildtimetrend.model import Column, Query
from buildtimetrend.store.base import Store, Table
from buildtimetrend.store.reads import ask

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def hours(store: Store, query: Query) -> tuple[Column, ...]:
    return filled("hour", range(24), ask(store, query, _HOURS))


def weekdays(store: Store, query: Query) -> tuple[Column, ...]:
    found = ask(store, query, _WEEKDAYS)
    days: list[Any] = found.pop("weekday")
    return filled("weekday", WEEKDAYS, {"weekday": [WEEKDAYS[day - 1] for day in days], **found})


def heatmap(store: Store, query: Query) -> tuple[Column, ...]:
    found = ask(store, query, _HEATMAP)
    slots: Table = {"slot": found.pop("slot"), **found}
    _, average, jobs = filled("slot", range(7 * 24), slots)
    return (
        Column("weekday", "", tuple(WEEKDAYS[slot // 24] for slot in range(7 * 24))),
        Column("hour", "", tuple(slot % 24 for slot in range(7 * 24))),
        average,
        jobs,
    )


_HOURS = """
    SELECT CAST(extract(hour FROM started_at) AS INTEGER) AS hour, avg(duration) AS average, count(*) AS jobs
    FROM job WHERE {timed} GROUP BY 1
"""
_WEEKDAYS = """
    SELECT CAST(extract(isodow FROM started_at) AS INTEGER) AS weekday, avg(duration) AS average,
           count(*) AS jobs
    FROM job WHERE {timed} GROUP BY 1
"""
_HEATMAP = """
    SELECT CAST(extract(isodow FROM started_at) - 1 AS INTEGER) * 24
               + CAST(extract(hour FROM started_at) AS INTEGER) AS slot,
           avg(duration) AS average, count(*) AS jobs
    FROM job WHERE {timed} GROUP BY 1
"""

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
