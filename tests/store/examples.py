"""Builds, tasks and deliveries to store, and what a store holds of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from buildtimetrend.model import (
    Build,
    BuildRef,
    Delivery,
    Exit,
    Import,
    Job,
    LogState,
    Matrix,
    Origin,
    PullRequest,
    Result,
    Step,
    Task,
    Worker,
)
from buildtimetrend.store.base import Store

CI = "https://api.travis-ci.com"
EPOCH = datetime(2024, 3, 1, 12, tzinfo=UTC)
NS = 1_709_294_400_000_000_000  # the same instant


def at(seconds: float) -> datetime:
    return EPOCH + timedelta(seconds=seconds)


def step(name: str = "install", start: float = 0, seconds: float = 10, **fields: Any) -> Step:
    started = NS + int(start * 1e9)
    return Step(name, "install", "make", started, started + int(seconds * 1e9))._replace(**fields)


def job(id: str = "11", start: float | None = 0, seconds: float = 100, **fields: Any) -> Job:
    """Three steps, unless it never started."""
    started = start is not None
    example = Job(
        id=id,
        number=f"1.{id}",
        result=Result.PASSED if started else Result.CANCELED,
        raw_result="passed" if started else "canceled",
        queued_at=at(start - 5) if start is not None else None,
        started_at=at(start) if start is not None else None,
        finished_at=at(start + seconds) if start is not None else None,
        matrix=Matrix("python 3.11 linux", {"language": "python", "python": "3.11", "os": "linux"}),
        worker=Worker(hostname="host-1", os="linux", dist="jammy", instance="i-1", boot_time=2.5),
        exit=Exit("done", 0),
        log=LogState.COMPLETE,
        steps=tuple(step(f"step.{n}", start + n * 10) for n in range(3)) if start is not None else (),
    )
    return replace(example, **fields)


def build(id: str = "1", start: float | None = 0, seconds: float = 100, **fields: Any) -> Build:
    """Two jobs that run for as long as the build, unless others are given."""
    jobs = (job(f"{id}1", start, seconds), job(f"{id}2", start, seconds))
    example = Build(
        provider="travis",
        instance=CI,
        repo="ann/tool",
        id=id,
        number=id,
        result=Result.PASSED if start is not None else Result.CANCELED,
        raw_result="passed" if start is not None else "canceled",
        branch="main",
        commit="c0ffee",
        message="Do less",
        author="Ann",
        trigger="push",
        url=f"https://ci.example/{id}",
        queued_at=at(start - 5) if start is not None else None,
        started_at=at(start) if start is not None else None,
        finished_at=at(start + seconds) if start is not None else None,
        jobs=jobs,
    )
    return replace(example, **fields)


def pull_request() -> Build:
    return build(trigger="pull_request", pull_request=PullRequest("7", "Do more"))


def running(start: float = 0, **fields: Any) -> Build:
    """Started, and not finished."""
    jobs = (job("11", start, result=None, raw_result="started", finished_at=None, steps=()),)
    return build(start=start, result=None, raw_result="started", finished_at=None, jobs=jobs, **fields)


def task(id: str = "t1", **fields: Any) -> Task:
    ref = BuildRef("travis", CI, "ann/tool", number="1")
    return replace(Task(id, ref, Origin.HOOK, created_at=at(0), due_at=at(10)), **fields)


def delivery(id: str = "d1", payload: str = '{"id": 1}') -> Delivery:
    return Delivery(id, "travis", "ann/tool", at(0), "passed", payload)


def batch(id: str = "i1") -> Import:
    return Import(id, "travis", "ann/tool", 1, 100, at(0))


_KEYS = {
    "build": "repo_id, provider, instance, build_id, attempt",
    "job": "repo_id, provider, instance, build_id, attempt, job_id",
    "step": "repo_id, job_key, position",
}
_WITHOUT_OWNER = """
    SELECT (SELECT count(*) FROM job LEFT JOIN build USING (repo_id, provider, instance, build_id, attempt)
            WHERE build.raw_result IS NULL) AS jobs,
           (SELECT count(*) FROM step LEFT JOIN job USING (repo_id, job_key)
            WHERE job.job_id IS NULL) AS steps,
           (SELECT count(*) - count(DISTINCT job_key) FROM job) AS keys
"""


def counts(store: Store) -> tuple[int, int, int]:
    """Builds, jobs and steps that are stored; fails when one is there twice, or without its owner."""
    assert store.select(_WITHOUT_OWNER) == {"jobs": [0], "steps": [0], "keys": [0]}
    return _count(store, "build"), _count(store, "job"), _count(store, "step")


def _count(store: Store, table: str) -> int:
    [rows] = column(store, f"SELECT count(*) FROM {table}")
    assert column(store, f"SELECT count(*) FROM (SELECT DISTINCT {_KEYS[table]} FROM {table}) AS keys") == [
        rows
    ]
    return int(rows)


def column(store: Store, sql: str, **params: Any) -> list[Any]:
    """The first column of the answer."""
    return list(next(iter(store.select(sql, params).values())))
