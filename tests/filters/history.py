"""Twelve weeks of a repo whose builds and jobs differ in all that they can be filtered by."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from buildtimetrend.model import Build, Job, LogState, Matrix, Result, Step, Worker

REPO = "owner/name"
WEEKS = 12
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
BEGIN = NOW - timedelta(weeks=WEEKS)
EVERY = timedelta(hours=17)

# By a filter's name, what a job and its build are filtered by, reckoned without SQL.
VALUES: Mapping[str, Callable[[Build, Job], str | None]] = {
    "pipeline": lambda build, _: build.pipeline,
    "job": lambda _, job: job.name,
    "build_matrix": lambda _, job: job.matrix.summary,
    "result": lambda _, job: job.result,
    "trigger": lambda build, _: build.trigger,
    "branch": lambda build, _: build.branch,
    "os": lambda _, job: job.worker.os,
    "author": lambda build, _: build.author,
}
# One value of each that some have, and others have not.
CHOSEN: Mapping[str, str] = {
    "pipeline": "tests.yml",
    "job": "unit",
    "build_matrix": "python 3.2",
    "result": "failed",
    "trigger": "cron",
    "branch": "topic",
    "os": "osx",
    "author": "Ada",
}


def history(seed: int = 1) -> list[Build]:
    chance = random.Random(seed)
    count = timedelta(weeks=WEEKS) // EVERY
    return [_build(chance, number, BEGIN + number * EVERY) for number in range(1, count)]


def filtered(builds: list[Build], name: str, value: str) -> list[Build]:
    """What passes a filter: jobs, and builds that have such jobs."""
    of = VALUES[name]
    narrowed = [
        replace(build, jobs=tuple(job for job in build.jobs if of(build, job) == value)) for build in builds
    ]
    return [build for build in narrowed if build.jobs]


def _build(chance: random.Random, number: int, at: datetime) -> Build:
    jobs = tuple(_job(chance, number, place, at) for place in range(1, chance.randint(2, 4)))
    result = Result.FAILED if any(job.result is Result.FAILED for job in jobs) else Result.PASSED
    return Build(
        provider="travis",
        instance="https://api.travis-ci.com",
        repo=REPO,
        id=str(1000 + number),
        number=str(number),
        result=result,
        raw_result=result.value,
        pipeline=(pipeline := chance.choice(["tests.yml", "tests.yml", "lint.yml", "nightly.yml"])),
        pipeline_name=None if pipeline == "nightly.yml" else "CI",
        branch=chance.choice(["main", "main", "topic"]),
        author=chance.choice(["Ada", "Grace", None]),
        trigger=chance.choice(["push", "push", "cron"]),
        started_at=at,
        finished_at=max(job.finished_at for job in jobs if job.finished_at),
        jobs=jobs,
    )


def _job(chance: random.Random, number: int, place: int, at: datetime) -> Job:
    result = chance.choice([Result.PASSED] * 4 + [Result.FAILED])
    started = at + timedelta(seconds=chance.randint(1, 600))
    steps = tuple(_steps(chance, started))
    return Job(
        id=f"{number}-{place}",
        number=f"{number}.{place}",
        result=result,
        raw_result=result.value,
        name=chance.choice(["unit", "unit", "pages", None]),
        queued_at=at,
        started_at=started,
        finished_at=started + timedelta(seconds=sum(step.duration for step in steps) + 5),
        matrix=Matrix(f"python 3.{place}", {"language": "python"}),
        worker=Worker(os=chance.choice(["linux", "linux", "osx"])),
        log=LogState.COMPLETE,
        steps=steps,
    )


def _steps(chance: random.Random, started: datetime) -> Iterator[Step]:
    at = int(started.timestamp()) * 10**9
    for place, command in enumerate(("make", "make test", "make docs"), 1):
        length = chance.randint(1_000, 900_000) * 10**6
        yield Step(f"script.{place}", "script", command, at, at + length)
        at += length
