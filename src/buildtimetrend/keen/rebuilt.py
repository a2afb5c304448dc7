"""Stored rows as the events that the service would send of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from buildtimetrend.keen import shape
from buildtimetrend.keen.language import times
from buildtimetrend.keen.language.documents import Json
from buildtimetrend.store.reads.whole import build_of, job_of, step_of

_JOB = """
    job.repo_id, job.provider, job.instance, job.build_id, job.attempt, job.job_id, job.build_number,
    job.number, job.name, job.stage, job.result, job.raw_result, job.branch, job."trigger",
    job.allow_failure, job.queued_at, job.started_at, job.finished_at, job.matrix, job.matrix_values,
    job.worker_hostname, job.worker_instance, job.os, job.worker_facts, job.boot_time, job.exit_reason,
    job.exit_code, job.exit_command, job.exit_phase, job.exit_message, job.log_state, build.tag,
    build.commit_id, build.message, build.author, build.pull_request, build.pull_request_title, build.url,
    build.result AS build_result, build.raw_result AS build_raw_result, build.queued_at AS build_queued_at,
    build.started_at AS build_started_at, build.finished_at AS build_finished_at
"""
_STEP = """
    step.position, step.name AS step_name, step.phase, step.command, step.depth,
    step.started_at AS step_started_at, step.duration AS step_duration
"""
COLUMNS = {shape.JOBS: _JOB, shape.SUBSTAGES: f"{_JOB}, {_STEP}"}


def event(collection: str, row: Mapping[str, Any], repos: Mapping[int, str]) -> Json:
    """The event of a row of the collection's `COLUMNS`; `repos` are names by id."""
    repo = {"repo": repos.get(row["repo_id"], "")}
    build, job = build_of({**row, **repo, **_own_names_of_build(row)}), job_of(row)
    if collection == shape.JOBS:
        told = shape.job_event(build, job)
    else:
        told = shape.substage_event(build, job, step_of({**row, **_own_names_of_step(row)}), row["position"])
    id = told["buildtime_trend"]["event_id"]
    at: datetime = row["finished_at"]
    return {**told, "keen": {"timestamp": times.text(at), "created_at": times.text(at), "id": id}}


def _own_names_of_step(row: Mapping[str, Any]) -> dict[str, Any]:
    """A step's columns whose names the job has as well."""
    return {name: row[f"step_{name}"] for name in ("name", "started_at", "duration")}


def _own_names_of_build(row: Mapping[str, Any]) -> dict[str, Any]:
    """A build's columns whose names the job has as well."""
    names = ("number", "result", "raw_result", "queued_at", "started_at", "finished_at")
    return {name: row[f"build_{name}"] for name in names}
