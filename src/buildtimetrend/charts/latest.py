"""The latest builds and jobs, one by one, oldest first."""

from __future__ import annotations

from buildtimetrend.charts.base import Chart, columns
from buildtimetrend.model import Column, Query
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads import ask

LATEST = 100


def build_durations(store: Store, query: Query) -> tuple[Column, ...]:
    return columns(ask(store, query, _BUILDS, latest=LATEST))


def job_durations(store: Store, query: Query) -> tuple[Column, ...]:
    return columns(ask(store, query, _JOBS, latest=LATEST))


_BUILDS = """
    SELECT number AS build, attempt, result, finished_at, duration,
        (
            SELECT sum(job.duration) FROM job
            WHERE job.repo_id = $repo_id AND job.provider = latest.provider
              AND job.instance = latest.instance AND job.build_id = latest.build_id
              AND job.attempt = latest.attempt
        ) AS job_time
    FROM (
        SELECT * FROM build WHERE {builds} AND finished_at IS NOT NULL AND duration IS NOT NULL
        ORDER BY finished_at DESC, build_id DESC, attempt DESC LIMIT $latest
    ) AS latest
    ORDER BY finished_at, build_id, attempt
"""
_JOBS = """
    SELECT job, build, attempt, matrix, result, finished_at, duration, queue_time FROM (
        SELECT coalesce(number, job_id) AS job, build_number AS build, attempt, matrix, result, finished_at,
               duration, queue_time, job_key
        FROM job WHERE {jobs} AND duration IS NOT NULL
        ORDER BY finished_at DESC, job_key DESC LIMIT $latest
    ) AS latest
    ORDER BY finished_at, job_key
"""

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
