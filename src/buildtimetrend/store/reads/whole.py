"""Reads stored builds back, as the values that were saved.

Nanoseconds and the CI's id of the repo are not among the rows: what the log had is there to the microsecond.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from buildtimetrend import json_text
from buildtimetrend.model import NEVER, Build, Job, Step, Value
from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.columns import BUILD, JOB, STEP
from buildtimetrend.store.reads.builds import BUILD_COLUMNS, build_jobs, job_steps
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


def build_of(row: Mapping[str, Any], jobs: tuple[Job, ...] = (), prefix: str = "") -> Build:
    """Of a row with the columns of `build`, called with the prefix, and `repo`, `attempt` and `branch`."""
    of_pipeline = {name: row[name] for name in _OF_PIPELINE if row.get(name) is not None}
    rest = {name: row[name] for name in ("repo", "attempt", "branch")}
    return Build(**BUILD.fields(row, prefix), **rest, **of_pipeline, jobs=jobs)


def job_of(row: Mapping[str, Any], steps: tuple[Step, ...] = (), prefix: str = "") -> Job:
    """Of a row with the columns of `job`, called with the prefix, and `os` and `worker_facts`."""
    fields = JOB.fields(row, prefix)
    facts = json_text.loads(row["worker_facts"])
    worker = replace(
        fields["worker"],
        os=row["os"],
        dist=facts.pop("dist", None),
        arch=facts.pop("arch", None),
        facts=facts,
    )
    return Job(**{**fields, "worker": worker}, steps=steps)


def step_of(row: Mapping[str, Any], prefix: str = "") -> Step:
    """Of a row with the columns of `step`, called with the prefix."""
    started_at, duration = row[f"{prefix}started_at"], row[f"{prefix}duration"]
    started_ns = NEVER if started_at is None else _ns(started_at)
    finished_ns = NEVER if started_at is None else started_ns + round(duration * 1e9)
    return Step(**STEP.fields(row, prefix), started_ns=started_ns, finished_ns=finished_ns)


def _ns(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(microseconds=1) * 1000


_OF_PIPELINE = ("pipeline", "pipeline_name", "pipeline_url")
_EPOCH = datetime.fromtimestamp(0, UTC)
_BUILD = f"""
    SELECT {BUILD_COLUMNS} FROM build
    WHERE repo_id = $repo_id AND provider = $provider AND instance = $instance AND build_id = $build_id
    ORDER BY attempt
"""  # noqa: S608 - fixed text only
