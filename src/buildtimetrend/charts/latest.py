"""The latest builds and jobs, one by one, oldest first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from buildtimetrend.charts.base import Chart, columns
from buildtimetrend.model import Column, Query
from buildtimetrend.store.base import Store, Table
from buildtimetrend.store.reads import ask
from buildtimetrend.store.reads.entries import ENTRY

LATEST = 100
KEY = ("provider", "instance", "build_id", "attempt")
HIDDEN = ("instance", "build_id")
LATE = timedelta(
    days=1
)  # that a job may end after its build: fast_finish does not wait for those that may fail


def build_durations(store: Store, query: Query) -> tuple[Column, ...]:
    found = ask(store, query, _BUILDS, latest=LATEST)
    keys = list(zip(*(found[name] for name in KEY), strict=True))
    starts: list[Any] = found.pop("started_at")
    times = _job_times(store, query, min(starts, default=query.until))
    shown = {name: values for name, values in found.items() if name not in HIDDEN}
    return columns(_oldest_first(shown | {"job_time": [times.get(key) for key in keys]}))


def job_durations(store: Store, query: Query) -> tuple[Column, ...]:
    return columns(_oldest_first(ask(store, query, _JOBS, latest=LATEST)))


def _job_times(store: Store, query: Query, first: Any) -> dict[tuple[Any, ...], Any]:
    """Seconds that the jobs of each build took in all. None of a build's jobs ended before it started."""
    found = ask(store, query, _JOB_TIMES, first=first, last=query.until + LATE)
    times = found.pop("job_time")
    return dict(zip(zip(*found.values(), strict=True), times, strict=True))


def _oldest_first(table: Table) -> Table:
    return {name: values[::-1] for name, values in table.items()}


_BUILDS = """
    SELECT number AS build, attempt, result, finished_at, duration, started_at, provider, instance, build_id
    FROM build WHERE {builds} AND duration IS NOT NULL
    ORDER BY finished_at DESC, build_id DESC, attempt DESC LIMIT $latest
"""
_JOB_TIMES = """
    SELECT provider, instance, build_id, attempt, sum(duration) AS job_time FROM job
    WHERE repo_id = $repo_id AND finished_at >= $first AND finished_at < $last
    GROUP BY provider, instance, build_id, attempt
"""
_JOBS = f"""
    SELECT coalesce(number, job_id) AS job, build_number AS build, attempt, {ENTRY} AS matrix, result,
           finished_at, duration, queue_time, provider
    FROM job WHERE {{jobs}} AND duration IS NOT NULL
    ORDER BY finished_at DESC, job_key DESC LIMIT $latest
"""  # noqa: S608 - fixed text only

CHARTS = (
    Chart(
        "build_durations",
        "Build duration",
        "s",
        f"Wall time of the {LATEST} latest builds of the range, every attempt and result, and the sum over "
        "their jobs.",
        build_durations,
    ),
    Chart(
        "job_durations",
        "Duration of each job",
        "s",
        f"Run time and queue time of the {LATEST} latest jobs of the range, every attempt and result.",
        job_durations,
    ),
)
