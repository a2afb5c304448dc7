"""Stored builds as the values that they were saved as.

Nanoseconds and the CI's id of the repo are not among the rows: what the log had is there to the microsecond.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from buildtimetrend import json_text
from buildtimetrend.model import Build, Exit, Job, LogState, Matrix, PullRequest, Result, Step, Value, Worker
from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.reads.builds import build_jobs, job_steps
from buildtimetrend.store.reads.repos import repo_id


def whole_builds(store: Store, repo: str, provider: str, instance: str, build_id: str) -> list[Build]:
    """Every attempt of one build with its jobs and steps, in order; empty when it is not stored."""
    key: dict[str, Value] = {
        "repo_id": repo_id(store, repo),
        "provider": provider,
        "instance": instance,
        "build_id": build_id,
    }
    return [_whole(store, row) for row in rows(store.select(_BUILD, key))]


def _whole(store: Store, row: dict[str, Any]) -> Build:
    jobs = rows(build_jobs(store, row))
    steps = defaultdict(list)
    for step in rows(job_steps(store, row["repo"], [job["job_key"] for job in jobs])) if jobs else ():
        steps[step["job_key"]].append(step_of(step))
    return build_of(row, tuple(job_of(job, tuple(steps[job["job_key"]])) for job in jobs))


def build_of(row: Mapping[str, Any], jobs: tuple[Job, ...] = ()) -> Build:
    """Of a row with the columns of `build`, and `repo`."""
    asked = row["pull_request"]
    return Build(
        provider=row["provider"],
        instance=row["instance"],
        repo=row["repo"],
        id=row["build_id"],
        number=row["number"],
        result=_result(row["result"]),
        raw_result=row["raw_result"],
        attempt=row["attempt"],
        branch=row["branch"],
        tag=row["tag"],
        commit=row["commit_id"],
        message=row["message"],
        author=row["author"],
        trigger=row["trigger"],
        pull_request=PullRequest(asked, row["pull_request_title"]) if asked is not None else None,
        url=row["url"],
        queued_at=row["queued_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        jobs=jobs,
    )


def job_of(row: Mapping[str, Any], steps: tuple[Step, ...] = ()) -> Job:
    """Of a row with the columns of `job`."""
    return Job(
        id=row["job_id"],
        number=row["number"],
        result=_result(row["result"]),
        raw_result=row["raw_result"],
        name=row["name"],
        stage=row["stage"],
        queued_at=row["queued_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        allow_failure=row["allow_failure"],
        matrix=Matrix(row["matrix"], json_text.loads(row["matrix_values"])),
        worker=_worker(row),
        exit=Exit(
            row["exit_reason"], row["exit_code"], row["exit_command"], row["exit_phase"], row["exit_message"]
        ),
        log=LogState(row["log_state"]),
        steps=steps,
    )


def _worker(row: Mapping[str, Any]) -> Worker:
    facts = json_text.loads(row["worker_facts"])
    return Worker(
        hostname=row["worker_hostname"],
        os=row["os"],
        dist=facts.pop("dist", None),
        arch=facts.pop("arch", None),
        instance=row["worker_instance"],
        boot_time=row["boot_time"],
        facts=facts,
    )


def step_of(row: Mapping[str, Any]) -> Step:
    """Of a row with the columns of `step`."""
    started_ns = _ns(row["started_at"])
    return Step(
        name=row["name"],
        phase=row["phase"],
        command=row["command"],
        started_ns=started_ns,
        finished_ns=started_ns + round(row["duration"] * 1e9),
        depth=row["depth"],
    )


def _result(word: str | None) -> Result | None:
    return Result(word) if word is not None else None


def _ns(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(microseconds=1) * 1000


_EPOCH = datetime.fromtimestamp(0, UTC)
_BUILD = """
    SELECT provider, instance, (SELECT slug FROM repo WHERE id = $repo_id) AS repo, build_id, number, attempt,
           result, raw_result, branch, tag, commit_id, message, author, "trigger", pull_request,
           pull_request_title, url, queued_at, started_at, finished_at
    FROM build
    WHERE repo_id = $repo_id AND provider = $provider AND instance = $instance AND build_id = $build_id
    ORDER BY attempt
"""
