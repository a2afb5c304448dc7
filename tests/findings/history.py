"""Histories of builds in which something changes, or nothing does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import numpy as np

from buildtimetrend.model import Build, Job, Matrix, Query, Result, Step
from buildtimetrend.store.base import Store

CI = "https://api.travis-ci.com"
BEGUN = datetime(2026, 3, 2, 8, tzinfo=UTC)
JOBS = ("python 3.11", "python 3.12", "python 3.13")
EVERY = timedelta(hours=3)

# Seconds of a step in a build of that number, in a job
Seconds = Callable[[int, str], float]


def steady(seconds: float) -> Seconds:
    return lambda number, job: seconds


def changed(seconds: float, at: int, to: float, jobs: tuple[str, ...] = JOBS) -> Seconds:
    return lambda number, job: to if number >= at and job in jobs else seconds


USUAL: Mapping[str, Seconds] = {
    "apt-get update": steady(12),
    "pip install": steady(40),
    "pytest": steady(120),
}


def build(
    repo: str,
    number: int,
    begun: datetime,
    steps: Mapping[str, Seconds],
    *,
    waiting: float,
    jobs: tuple[str, ...],
) -> Build:
    """Passed; each step varies by some percent, always by the same for that number."""
    made = tuple(_job(repo, number, job, place, begun, steps, waiting) for place, job in enumerate(jobs))
    return Build(
        provider="travis",
        instance=CI,
        repo=repo,
        id=f"{repo}-{number}",
        number=str(number),
        result=Result.PASSED,
        raw_result="passed",
        branch="main",
        commit=f"{number:040x}",
        message=f"Change {number}",
        author="Ada",
        trigger="push",
        started_at=begun,
        finished_at=max(job.finished_at for job in made if job.finished_at),
        jobs=made,
    )


def _job(
    repo: str,
    number: int,
    name: str,
    place: int,
    begun: datetime,
    steps: Mapping[str, Seconds],
    waiting: float,
) -> Job:
    noise = np.random.default_rng([number, place]).normal(1, 0.03, len(steps) + 1)
    queued = begun
    started = queued + timedelta(seconds=waiting * noise[-1])
    at, made = started, []
    for (command, seconds), factor in zip(steps.items(), noise, strict=False):
        lasts = timedelta(seconds=seconds(number, name) * factor)
        ns = int(at.timestamp() * 1e9)
        made.append(Step(command, "script", command, ns, ns + int(lasts.total_seconds() * 1e9)))
        at += lasts
    return Job(
        id=f"{repo}-{number}-{place}",
        number=f"{number}.{place + 1}",
        result=Result.PASSED,
        raw_result="passed",
        queued_at=queued,
        started_at=started,
        finished_at=at,
        matrix=Matrix(name),
        steps=tuple(made),
    )


def saved(
    store: Store,
    repo: str,
    steps: Mapping[str, Seconds],
    *,
    builds: int = 120,
    waiting: Callable[[int], float] = lambda number: 20.0,
    jobs: tuple[str, ...] = JOBS,
    begun: datetime = BEGUN,
) -> Query:
    """A query for all of it; builds are some hours apart."""
    for landed in [
        store.save(
            build(repo, number, begun + number * EVERY, steps, waiting=waiting(number), jobs=jobs),
            patience=0.05,
        )
        for number in range(1, builds + 1)
    ]:
        landed.result()
    return Query(repo, begun, begun + timedelta(days=365), "week")
