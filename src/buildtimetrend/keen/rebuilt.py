"""Stored rows as the events that the service would send of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from buildtimetrend.keen import shape
from buildtimetrend.keen.language import times
from buildtimetrend.keen.language.documents import Json
from buildtimetrend.store.columns import BUILD, JOB, STEP
from buildtimetrend.store.reads.whole import build_of, job_of, step_of

_JOB = f"""
    job.repo_id, job.attempt, job.branch, job.os, job.worker_facts,
    {JOB.select("job", "job_")}, {BUILD.select("build", "build_")}
"""
_STEP = f"""
    step.position, {STEP.select("step", "step_")}, step.started_at AS step_started_at,
    step.duration AS step_duration
"""
COLUMNS = {shape.JOBS: _JOB, shape.SUBSTAGES: f"{_JOB}, {_STEP}"}


def event(collection: str, row: Mapping[str, Any], repos: Mapping[int, str]) -> Json:
    """The event of a row of the collection's `COLUMNS`; `repos` are names by id."""
    repo = {"repo": repos.get(row["repo_id"], "")}
    build, job = build_of({**row, **repo}, prefix="build_"), job_of(row, prefix="job_")
    if collection == shape.JOBS:
        told = shape.job_event(build, job)
    else:
        told = shape.substage_event(build, job, step_of(row, "step_"), row["position"])
    id = told["buildtime_trend"]["event_id"]
    at: datetime = row["job_finished_at"]
    return {**told, "keen": {"timestamp": times.text(at), "created_at": times.text(at), "id": id}}
