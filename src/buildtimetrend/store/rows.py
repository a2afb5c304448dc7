"""Builds, deliveries and tasks as rows: the one place that knows which field goes into which column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeAlias

import orjson

from buildtimetrend.model import Build, Delivery, Import, Job, Step, Task, Value
from buildtimetrend.steps import keys
from buildtimetrend.store.text import TRIGGER, clean, short

Row: TypeAlias = tuple[Value, ...]
BuildKey: TypeAlias = tuple[str, str, str]  # provider, instance, the CI's id


def _columns(names: str) -> list[str]:
    return names.split()


# Columns come in the order of the rows below. The first ones are known only once the attempt is.
BUILD = _columns("""
    repo_id attempt provider instance build_id number result raw_result branch tag commit_id message author
    trigger pull_request pull_request_title url queued_at started_at finished_at duration
""")
JOB = _columns("""
    repo_id attempt job_key provider instance build_id job_id build_number number name stage result raw_result
    branch trigger allow_failure queued_at started_at finished_at duration queue_time matrix matrix_values
    language os worker_hostname worker_instance worker_facts boot_time exit_reason exit_code exit_command
    exit_phase exit_message log_state
""")
STEP = _columns("repo_id job_key position name phase command depth started_at duration key")
TASK = _columns("""
    id provider instance repo build_id number origin state tries reason import_id
    created_at due_at finished_at
""")
IMPORT = _columns("id provider repo first_number last_number created_at")
OUTBOX = _columns("id provider instance build_id repo saved_at")
DELIVERY = _columns("id provider repo received_at state payload")

LARGEST = 2**63 - 1
# Above this a nanosecond count is no instant of the calendar (the end of the year 9999).
LAST_NS = 253_402_300_799_999_999_999


@dataclass(frozen=True, slots=True)
class EncodedJob:
    id: str
    row: Row
    finished_at: datetime | None
    steps: Sequence[Row]


@dataclass(frozen=True, slots=True)
class EncodedBuild:
    """The rows of a build, but for the columns that the store assigns: repo_id, attempt, job_key."""

    build: Build
    key: BuildKey
    row: Row
    jobs: Sequence[EncodedJob]


def encode(build: Build) -> EncodedBuild:
    """Raises TypeError or ValueError for values that are no instants, numbers or text."""
    build = _with_clean_ids(build)
    key = (clean(build.provider), clean(build.instance), clean(build.id))
    row = (
        *key,
        clean(build.number),
        build.result and build.result.value,
        clean(build.raw_result),
        short(build.branch),
        clean(build.tag),
        clean(build.commit),
        clean(build.message),
        clean(build.author),
        short(build.trigger, TRIGGER),
        clean(build.pull_request.number) if build.pull_request else None,
        clean(build.pull_request.title) if build.pull_request else None,
        clean(build.url),
        _utc(build.queued_at),
        _utc(build.started_at),
        _utc(build.finished_at),
        build.duration,
    )
    of_build = (clean(build.number), short(build.branch), short(build.trigger, TRIGGER))
    return EncodedBuild(build, key, row, [_encode_job(job, key, of_build) for job in _by_id(build.jobs)])


def task_row(task: Task) -> Row:
    return (
        clean(task.id),
        clean(task.ref.provider),
        clean(task.ref.instance),
        clean(task.ref.repo),
        clean(task.ref.id),
        clean(task.ref.number),
        task.origin.value,
        task.state.value,
        task.tries,
        clean(task.reason),
        clean(task.import_id),
        _utc(task.created_at),
        _utc(task.due_at),
        _utc(task.finished_at),
    )


def import_row(batch: Import) -> Row:
    created_at = _utc(batch.created_at)
    return (clean(batch.id), clean(batch.provider), clean(batch.repo), batch.first, batch.last, created_at)


def delivery_row(delivery: Delivery) -> Row:
    return (
        clean(delivery.id),
        clean(delivery.provider),
        clean(delivery.repo),
        _utc(delivery.received_at),
        clean(delivery.state),
        clean(delivery.payload),
    )


def outbox_row(encoded: EncodedBuild, saved_at: datetime) -> Row:
    return (" ".join(encoded.key), *encoded.key, clean(encoded.build.repo), _utc(saved_at))


def _with_clean_ids(build: Build) -> Build:
    """Attempts are told apart by the jobs' ids as they are stored."""
    if all(job.id.isascii() and "\0" not in job.id for job in build.jobs):
        return build
    return replace(build, jobs=tuple(replace(job, id=clean(job.id)) for job in build.jobs))


def _by_id(jobs: Sequence[Job]) -> Iterator[Job]:
    """A CI that lists a job twice, as when pages shift while they are read, still ran it once."""
    return iter({job.id: job for job in jobs}.values())


def _encode_job(job: Job, build_key: BuildKey, of_build: tuple[str, str | None, str | None]) -> EncodedJob:
    number, branch, trigger = of_build
    worker, exit_ = job.worker, job.exit
    row = (
        *build_key,
        job.id,
        number,
        clean(job.number),
        clean(job.name),
        clean(job.stage),
        job.result and job.result.value,
        clean(job.raw_result),
        branch,
        trigger,
        job.allow_failure,
        _utc(job.queued_at),
        _utc(job.started_at),
        _utc(job.finished_at),
        job.duration,
        job.queue_time,
        short(job.matrix.summary),
        _json(job.matrix.values),
        clean(job.matrix.values.get("language")),
        clean(worker.os or job.matrix.values.get("os")),
        clean(worker.hostname),
        clean(worker.instance),
        _json({**_told(dist=worker.dist, arch=worker.arch), **worker.facts}),
        worker.boot_time,
        clean(exit_.reason),
        exit_.code if exit_.code is not None and abs(exit_.code) <= LARGEST else None,
        clean(exit_.command),
        clean(exit_.phase),
        clean(exit_.message),
        job.log.value,
    )
    return EncodedJob(job.id, row, _utc(job.finished_at), list(_encode_steps(job.steps)))


def _encode_steps(steps: Sequence[Step]) -> Iterator[Row]:
    for position, (step, key) in enumerate(zip(steps, keys(steps), strict=True), 1):
        if 0 <= step.started_ns <= LAST_NS and 0 <= step.finished_ns <= LAST_NS:
            yield (
                position,
                clean(step.name),
                clean(step.phase),
                clean(step.command),
                step.depth,
                step.started_at,
                step.duration,
                clean(key),
            )


def _utc(instant: datetime | None) -> datetime | None:
    if instant is None:
        return None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def _json(values: Mapping[str, str]) -> str:
    return orjson.dumps({clean(key): clean(value) for key, value in values.items()}).decode()


def _told(**facts: str | None) -> dict[str, str]:
    return {name: value for name, value in facts.items() if value is not None}
