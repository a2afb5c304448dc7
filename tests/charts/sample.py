"""Three weeks of two repos, seeded: every result, re-runs, filters, unfinished jobs, borders of buckets."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from buildtimetrend.filters import FILTERS
from buildtimetrend.model import Build, Job, LogState, Matrix, Query, Result, Step
from buildtimetrend.store.base import Store

REPO, FORMER_NAME, OTHER_REPO = "acme/app", "acme/old-name", "acme/lib"
SINCE = datetime(2026, 2, 23, tzinfo=UTC)  # a Monday
UNTIL = SINCE + timedelta(days=21)
RESULTS = (*[Result.PASSED] * 6, Result.FAILED, Result.ERRORED, Result.CANCELED, Result.SKIPPED)
ENDS = (Result.CANCELED, Result.ERRORED, Result.FAILED, Result.PASSED)
LOGS = (*[LogState.COMPLETE] * 4, *LogState)
COMMANDS = [f"make part-{n}" for n in range(30)]


@dataclass(frozen=True)
class Run:
    """A job with its build."""

    build: Build
    job: Job

    @property
    def finished_at(self) -> datetime:
        assert self.job.finished_at
        return self.job.finished_at

    @property
    def seconds(self) -> float:
        assert self.job.duration is not None
        return self.job.duration


def fill(store: Store) -> list[Build]:
    """Save the sample; its builds."""
    builds = [*_builds(REPO, seed=1), *_builds(OTHER_REPO, seed=2)]
    # The first repo is renamed half-way.
    former = [
        replace(build, repo=FORMER_NAME) if build.repo == REPO and number < 30 else build
        for number, build in enumerate(builds)
    ]
    for saved in [store.save(build) for build in former]:
        saved.result()
    return builds


def query(interval: str = "day", **changes: str | datetime | None) -> Query:
    """With other values of its fields, and of filters."""
    filters = {name: value for name, value in changes.items() if name in FILTERS}
    given = {name: value for name, value in changes.items() if name not in FILTERS}
    asked = {"repo": REPO, "since": SINCE, "until": UNTIL, "interval": interval, **given, "filters": filters}
    return Query(**asked)  # type: ignore[arg-type]


def runs(builds: list[Build], asked: Query) -> list[Run]:
    """The ended jobs that a query asks for: what every chart starts from."""
    return [
        Run(build, job)
        for build in builds
        for job in build.jobs
        if build.repo == asked.repo
        and job.result is not None
        and job.finished_at is not None
        and asked.since <= job.finished_at < asked.until
        and asked.filters.get("branch") in (None, build.branch)
        and asked.filters.get("trigger") in (None, build.trigger)
        and asked.filters.get("build_matrix") in (None, job.matrix.summary)
        and asked.filters.get("result") in (None, job.result)
    ]


def timed(builds: list[Build], asked: Query) -> list[Run]:
    """Those whose durations count."""
    return [
        run
        for run in runs(builds, asked)
        if run.job.duration is not None
        and (asked.filters.get("result") or run.job.result not in (Result.CANCELED, Result.SKIPPED))
    ]


def ended_builds(builds: list[Build], asked: Query) -> list[Build]:
    """Every attempt that a query asks for."""
    return [
        build
        for build in builds
        if build.repo == asked.repo
        and build.finished_at is not None
        and asked.since <= build.finished_at < asked.until
        and asked.filters.get("branch") in (None, build.branch)
        and asked.filters.get("trigger") in (None, build.trigger)
        and asked.filters.get("result") in (None, build.result)
        and (
            "build_matrix" not in asked.filters
            or any(asked.filters["build_matrix"] == job.matrix.summary for job in build.jobs)
        )
    ]


def last_attempts(builds: list[Build], asked: Query) -> list[Build]:
    found: dict[str, Build] = {}
    for build in ended_builds(builds, asked):
        if build.id not in found or (found[build.id].attempt or 0) < (build.attempt or 0):
            found[build.id] = build
    return list(found.values())


def timed_builds(builds: list[Build], asked: Query) -> list[Build]:
    """Those whose wall time counts, each by its last attempt."""
    return [
        build
        for build in last_attempts(builds, asked)
        if build.duration is not None
        and (asked.filters.get("result") or build.result not in (Result.CANCELED, Result.SKIPPED))
    ]


def _builds(repo: str, seed: int) -> Iterator[Build]:
    chance = random.Random(seed)
    for number in range(1, 61):
        # From before the range to after it, some of them at midnight sharp.
        at = SINCE + timedelta(hours=number * 10 - 48, minutes=chance.choice((0, 0, 17, 42)))
        for attempt in (1, 2) if chance.random() < 0.2 else (1,):
            yield _build(chance, repo, number, attempt, at + timedelta(hours=3 * (attempt - 1)))


def _build(chance: random.Random, repo: str, number: int, attempt: int, at: datetime) -> Build:
    jobs = tuple(_job(chance, number, attempt, entry, at) for entry in range(1, chance.randint(1, 4) + 1))
    found = {job.result for job in jobs}
    result = next((end for end in ENDS if end in found), Result.PASSED)
    ends = [job.finished_at for job in jobs if job.finished_at]
    return Build(
        provider="travis",
        instance="https://api.travis-ci.com",
        repo=repo,
        repo_id={REPO: "7", OTHER_REPO: "8"}[repo],
        id=str(100_000 + number),
        number=str(number),
        attempt=attempt,
        result=result,
        raw_result=result.value,
        branch=chance.choice(["main", None, *[f"topic-{number}"] * 3]),
        trigger=chance.choice(["push", "push", "pull_request", "cron"]),
        started_at=at,
        finished_at=max(ends, default=at),
        jobs=jobs,
    )


def _job(chance: random.Random, number: int, attempt: int, entry: int, at: datetime) -> Job:
    result = chance.choice([*RESULTS, None]) if entry > 1 else chance.choice(RESULTS)
    started = at + timedelta(seconds=chance.randint(0, 90))
    seconds = chance.choice((30, 300, 3600, 7200)) * chance.uniform(0.5, 1.5)
    # Some end exactly where a bucket does.
    finished = started + timedelta(seconds=seconds) if chance.random() < 0.8 else _next_hour(started)
    skipped = result is Result.SKIPPED
    return Job(
        id=f"{number}{attempt}{entry}",
        number=f"{number}.{entry}",
        result=result,
        raw_result=result.value if result else "started",
        queued_at=None if chance.random() < 0.1 else at - timedelta(seconds=chance.randint(-2, 60)),
        started_at=None if skipped else started,
        finished_at=finished if result else None,
        matrix=Matrix(f"python 3.{entry} linux", {"language": "python"}),
        log=LOGS[number % len(LOGS)],
        steps=() if skipped else tuple(_steps(chance, started)),
    )


def _next_hour(instant: datetime) -> datetime:
    return instant.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def key_of(step: Step) -> str:
    """What it is known by: its name is one of a place, which another command has in another job."""
    return f"{step.phase}: {step.command}"


def _steps(chance: random.Random, started: datetime) -> Iterator[Step]:
    at = int(started.timestamp()) * 10**9
    for place, command in enumerate(chance.sample(COMMANDS, 5), 1):
        # Whole microseconds: more is not what a database keeps of an instant.
        length = chance.randint(1, 60_000_000) * 1000 * (1 + COMMANDS.index(command))
        yield Step(f"script.{place}", "script", command, at, at + length)
        if chance.random() < 0.3:
            yield Step(f"inner.{place}", "script", None, at, at + length // 2000 * 1000, depth=1)
        at += length
