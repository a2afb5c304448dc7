"""The jobs of builds of a pipeline, each with the time of its steps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from buildtimetrend import json_text
from buildtimetrend.model import Value
from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.columns import DETAILS
from buildtimetrend.store.kept_jobs import Attempt, Row
from buildtimetrend.store.reads.names import named

# A job that ends so long after its build, or so long before it, says nothing about what is usual.
ASIDE = timedelta(days=1)


def jobs_of(
    store: Store, repo_id: int, pipeline: int, builds: Sequence[Mapping[str, Any]]
) -> dict[tuple[str, int], list[Row]]:
    """By id and attempt of the builds, which have ended: a row for each job, by its key, with when its build
    began and ended (`build_started_at`, …), what it `needs`, and its `steps` of depth 0: `key`, `phase` and
    `duration` (s) of each.
    """
    by_attempt = {Attempt(repo_id, pipeline, build["build_id"], build["attempt"]): build for build in builds}

    def read(attempts: Sequence[Attempt]) -> dict[Attempt, list[Row]]:
        return _read(store, [by_attempt[attempt] for attempt in attempts], attempts) if attempts else {}

    kept = store.kept_jobs
    found = kept.of(by_attempt, read) if kept else read([*by_attempt])
    return {
        (attempt.build_id, attempt.number): [_beside(job, build) for job in found[attempt]]
        for attempt, build in by_attempt.items()
    }


def _beside(job: Row, build: Mapping[str, Any]) -> Row:
    return job | {f"build_{name}": build[name] for name in ("started_at", "finished_at")}


def _read(
    store: Store, builds: Sequence[Mapping[str, Any]], attempts: Sequence[Attempt]
) -> dict[Attempt, list[Row]]:
    names, ids = named("build", list(dict.fromkeys(attempt.build_id for attempt in attempts)))
    of: dict[str, Value] = {"repo_id": attempts[0].repo_id, "pipeline": attempts[0].pipeline}
    times = [time_of(build) for build in builds]
    bounds = {"since": min(times)[0], "until": max(until for _, until in times)}
    given: dict[str, Value] = {**of, **ids, **bounds}
    found = rows(store.select(_JOBS.replace("{builds}", names), given))
    steps = _steps(store, _STEPS.replace("{builds}", names), given, [job["job_key"] for job in found])
    jobs = defaultdict(list)
    for job in found:
        details = json_text.loads(job.pop(DETAILS) or "{}")
        job |= {"needs": details.get("needs"), "steps": steps[job["job_key"]]}
        jobs[job["build_id"], job["attempt"]].append(job)
    return {
        attempt: list(in_time(build, jobs[attempt.build_id, attempt.number]))
        for attempt, build in zip(attempts, builds, strict=True)
    }


def in_time(build: Mapping[str, Any], jobs: Iterable[Row]) -> Iterator[Row]:
    """Those that ended while the build ran, or nearly so, or that have not."""
    since, until = time_of(build)
    for job in jobs:
        if job["finished_at"] is None or since <= job["finished_at"] <= until:
            yield job


def time_of(build: Mapping[str, Any]) -> tuple[Any, Any]:
    """When its jobs ended, from and until."""
    return (build["started_at"] or build["finished_at"]) - ASIDE, build["finished_at"] + ASIDE


def _steps(store: Store, sql: str, given: Mapping[str, Value], keys: Sequence[int]) -> dict[int, list[Row]]:
    found = defaultdict(list)
    if keys:
        # The bounds let an engine skip the parts of the tables that cannot have them.
        for row in rows(store.select(sql, {**given, "first": min(keys), "last": max(keys)})):
            found[row["job_key"]].append(row | {"depth": 0})
    return found


# The instants let an engine skip what is of other times.
_OF_THEM = """
    repo_id = $repo_id AND pipeline = $pipeline AND build_id IN ({builds})
    AND (finished_at IS NULL OR finished_at BETWEEN $since AND $until)
"""
_JOBS = f"""
    SELECT build_id, attempt, job_id, job_key, number, matrix, name, stage, result, allow_failure, queued_at,
           started_at, finished_at, boot_time, duration, details
    FROM job WHERE {_OF_THEM} ORDER BY build_id, attempt, job_key
"""  # noqa: S608 - fixed text only
_STEPS = f"""
    WITH chosen AS (
        SELECT job_key FROM job WHERE {_OF_THEM} AND job_key BETWEEN $first AND $last
    )
    SELECT step.job_key, key, min(phase) AS phase, sum(duration) AS duration
    FROM step JOIN chosen ON step.job_key = chosen.job_key
    WHERE repo_id = $repo_id AND step.job_key BETWEEN $first AND $last AND depth = 0 AND duration IS NOT NULL
    GROUP BY step.job_key, key
"""  # noqa: S608 - fixed text only
