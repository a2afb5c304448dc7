"""Builds, deliveries and tasks as rows. What the model says of a field, `columns` does; here is the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from buildtimetrend.model import Build, Delivery, Import, Job, Step, Task, Value, instant
from buildtimetrend.steps import keys
from buildtimetrend.store import columns
from buildtimetrend.store.columns import json_object, utc
from buildtimetrend.store.pipelines import PipelineRow, pipeline_of
from buildtimetrend.store.text import TRIGGER, all_clean, clean, short

Row: TypeAlias = tuple[Value, ...]
BuildKey: TypeAlias = tuple[str, str, str]  # provider, instance, the CI's id


def _columns(names: str) -> list[str]:
    return names.split()


# In the order of the rows below. The first ones are known only once the attempt is.
BUILD = [*_columns("repo_id attempt"), *columns.BUILD.names, *_columns("pipeline branch duration")]
JOB = [
    *_columns("repo_id attempt job_key"),
    *columns.JOB.names,
    *_columns("provider instance build_id build_number trigger pipeline branch"),
    *_columns("duration queue_time blocked_time language os worker_facts"),
]
STEP = [*_columns("repo_id job_key position"), *columns.STEP.names, *_columns("started_at duration key")]
TASK = _columns("""
    id provider instance repo build_id number attempt origin state tries reason import_id
    created_at due_at finished_at
""")
IMPORT = _columns("id provider repo first_number last_number created_at instance selection")
OUTBOX = _columns("id provider instance build_id repo saved_at")
DELIVERY = _columns("id provider repo received_at state payload instance")

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
    pipeline: PipelineRow
    row: Row
    jobs: Sequence[EncodedJob]


def encode(build: Build) -> EncodedBuild:
    """Raises TypeError or ValueError for values that are no instants, numbers or text."""
    build = _with_clean_ids(build)
    key = (clean(build.provider), clean(build.instance), clean(build.id))
    pipeline = pipeline_of(build)
    filtered = (pipeline.id, short(_branch(build)))
    of_build = (*key, clean(build.number), short(build.trigger, TRIGGER), *filtered)
    return EncodedBuild(
        build,
        key,
        pipeline,
        (*columns.BUILD.row(build), *filtered, build.duration),
        [_encode_job(job, of_build) for job in _by_id(build.jobs)],
    )


def _branch(build: Build) -> str | None:
    """A branch of a fork is not the branch of that name of the repo itself."""
    asked = build.pull_request
    head = (build.head_repo or "").removeprefix(f"{build.code_host}/")
    if "/" not in head or not build.branch or head.lower() == build.repo.lower():
        return build.branch
    if asked and asked.source_branch != build.branch == asked.target_branch:
        return build.branch  # the repo's own, into which the fork's is to be merged
    owner = head.rpartition("/")[0]
    return build.branch if build.branch.startswith(f"{owner}:") else f"{owner}:{build.branch}"


def task_row(task: Task) -> Row:
    return (
        clean(task.id),
        clean(task.ref.provider),
        clean(task.ref.instance),
        clean(task.ref.repo),
        clean(task.ref.id),
        clean(task.ref.number),
        task.ref.attempt,
        task.origin.value,
        task.state.value,
        task.tries,
        clean(task.reason),
        clean(task.import_id),
        utc(task.created_at),
        utc(task.due_at),
        task.finished_at and utc(task.finished_at),
    )


def import_row(batch: Import) -> Row:
    created_at = utc(batch.created_at)
    return (
        clean(batch.id),
        clean(batch.provider),
        clean(batch.repo),
        batch.first,
        batch.last,
        created_at,
        clean(batch.instance),
        clean(batch.selection),
    )


def delivery_row(delivery: Delivery) -> Row:
    return (
        clean(delivery.id),
        clean(delivery.provider),
        clean(delivery.repo),
        utc(delivery.received_at),
        clean(delivery.state),
        clean(delivery.payload),
        clean(delivery.instance),
    )


def outbox_row(encoded: EncodedBuild, saved_at: datetime) -> Row:
    return (" ".join(encoded.key), *encoded.key, clean(encoded.build.repo), utc(saved_at))


def _with_clean_ids(build: Build) -> Build:
    """Attempts are told apart by the jobs' ids as they are stored."""
    if all(job.id.isascii() and "\0" not in job.id for job in build.jobs):
        return build
    return replace(build, jobs=tuple(replace(job, id=clean(job.id)) for job in build.jobs))


def _by_id(jobs: Sequence[Job]) -> Iterator[Job]:
    """A CI that lists a job twice, as when pages shift while they are read, still ran it once."""
    return iter({job.id: job for job in jobs}.values())


def _encode_job(job: Job, of_build: Row) -> EncodedJob:
    worker, matrix = job.worker, job.matrix.values
    told = {name: text for name, text in (("dist", worker.dist), ("arch", worker.arch)) if text is not None}
    row = (
        *columns.JOB.row(job),
        *of_build,
        job.duration,
        job.queue_time,
        job.blocked_time,
        clean(matrix.get("language")),
        clean(worker.os or matrix.get("os")),
        json_object({**told, **worker.facts}),
    )
    return EncodedJob(job.id, row, job.finished_at and utc(job.finished_at), _encode_steps(job.steps))


def _encode_steps(steps: Sequence[Step]) -> list[Row]:
    """Those that ran at instants of the calendar, or not at all. Logs have many: a column at a time."""
    of_steps = keys(steps)
    kept = [
        place
        for place, step in enumerate(steps)
        if (0 <= step.started_ns <= LAST_NS and 0 <= step.finished_ns <= LAST_NS) or not step.ran
    ]
    if len(kept) < len(steps):
        steps, of_steps = [steps[place] for place in kept], [of_steps[place] for place in kept]
    return [
        *zip(
            [place + 1 for place in kept],
            *columns.STEP.by_column(steps),
            [instant(step.started_ns) if step.ran else None for step in steps],
            [step.duration if step.ran else None for step in steps],
            of_steps if all_clean(of_steps) else map(clean, of_steps),
            strict=True,
        )
    ]
