"""Jobs, and what builds and jobs have in common; the same in both versions of the API."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from buildtimetrend.model import Job, PullRequest
from buildtimetrend.providers.fields import Fields
from buildtimetrend.providers.travis.matrix import matrix_of
from buildtimetrend.providers.travis.queueing import StageEnds, latest
from buildtimetrend.providers.travis.states import result_of


def pull_request_of(build: Fields) -> PullRequest | None:
    number = build.maybe_id("pull_request_number")
    return PullRequest(number, build.maybe_text("pull_request_title")) if number else None


def jobs_of(described: Iterable[Fields]) -> tuple[Job, ...]:
    """In the order of their creation, whatever the order given."""
    found = list(described)
    stages = StageEnds((_stage_number(job), job.maybe_time("finished_at")) for job in found)
    jobs = [_job(job, stages) for job in found]
    return tuple(sorted(jobs, key=lambda job: int(job.id)))


def _job(job: Fields, stages: StageEnds) -> Job:
    state = job.text("state")
    config = job.get("config")
    return Job(
        id=job.id("id"),
        number=job.maybe_text("number"),
        result=result_of(job, state),
        raw_result=state,
        name=_config_text(config, "name"),
        stage=name_of(job, "stage") or _config_text(config, "stage"),
        queued_at=queued_at(job, stages.end_of_stages_below(_stage_number(job))),
        started_at=job.maybe_time("started_at"),
        finished_at=job.maybe_time("finished_at"),
        allow_failure=job.maybe_flag("allow_failure") or False,
        matrix=matrix_of(config),
    )


def _config_text(config: object, key: str) -> str | None:
    value = config.get(key) if isinstance(config, dict) else None
    return value.replace("\0", "") or None if isinstance(value, str) else None


def queued_at(part: Fields, stage_before: datetime | None = None) -> datetime | None:
    """A restart keeps `created_at`."""
    told = part.maybe_time("queued_at")
    if told:
        return told
    created_at = part.maybe_time("created_at")
    return latest(created_at, part.maybe_time("restarted_at"), stage_before) if created_at else None


def _stage_number(job: Fields) -> int:
    stage = job.maybe_fields("stage")
    return int(stage.maybe_id("number") or 0) if stage else 0


def name_of(part: Fields, field: str) -> str | None:
    inner = part.maybe_fields(field)
    return (inner.maybe_text("name") or None) if inner else None
