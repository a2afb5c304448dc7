"""A build as the events of the old service: `build_jobs`, one per job, and `build_substages`, one per step.

| what | choice |
|---|---|
| parts of an instant | text with leading zeros, in UTC; `day_of_week` from `0`, Sunday, to `6` |
| `keen.timestamp` | the end of the job, also for its substages; else the latest instant that is known |
| jobs | those that ended |
| substages | steps of depth 0: a sum over them counts no time twice |
| `job.duration` | from start to end; the old library added up the steps |
| `job.result` | our word; Travis CI's are the same |
| what is not known | left out; only `pull_request.is_pull_request` is always there |
| what the old events lacked | `build`, and below `job`, `stage` and `worker`, names of our own |
| ids | `buildtime_trend.event_id` names the event: sent again, it is the same |
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from buildtimetrend import __version__
from buildtimetrend.keen.instants import time_of
from buildtimetrend.model import Build, Exit, Job, Step, Worker

Event: TypeAlias = dict[str, Any]

JOBS = "build_jobs"
SUBSTAGES = "build_substages"
CLIENT = "buildtimetrend/service"
# Names of the matrix that the old events have in place of ours.
MATRIX_NAMES = {"version": "language_version", "components": "language_components", "env": "parameters"}
LONGEST_TEXT = 9_999  # characters that Keen.io takes


def job_event(build: Build, job: Job) -> Event:
    """The `build_jobs` event of a job, with all that its data detail keeps."""
    return {
        "job": {**_old_job(build, job), **_new_job(job)},
        "build": {**_build_key(build), **_build(build)},
        **_about(build, job, event_id(build, job)),
    }


def substage_events(build: Build, job: Job) -> Iterator[Event]:
    """The `build_substages` events of a job, in the order of its log."""
    for position, step in enumerate(job.steps, 1):
        if step.depth == 0 and step.ran:
            yield substage_event(build, job, step, position)


def substage_event(build: Build, job: Job, step: Step, position: int) -> Event:
    """That of one step; its position in the log is from 1."""
    return {
        "stage": _stage(step, position),
        "job": _old_job(build, job),
        "build": _build_key(build),
        **_about(build, job, event_id(build, job, position)),
    }


def event_id(build: Build, job: Job, position: int | None = None) -> str:
    """24 hexadecimal digits; of a step with its position, else of its job."""
    parts = [build.provider, build.instance, build.id, str(build.attempt or 1), job.id]
    if position is not None:
        parts.append(str(position))
    return hashlib.md5("|".join(parts).encode(), usedforsecurity=False).hexdigest()[:24]


def ended_at(build: Build, job: Job) -> datetime | None:
    """When the job ended; of one that was canceled before it began, the nearest that is known."""
    known = (job.finished_at, build.finished_at, job.started_at, job.queued_at, build.queued_at)
    return next((instant for instant in known if instant is not None), None)


def _about(build: Build, job: Job, id: str) -> Event:
    event: Event = {
        "buildtime_trend": {
            "project_name": build.repo,
            "version": __version__,
            "client": CLIENT,
            "client_version": __version__,
            "event_id": id,
        }
    }
    at = ended_at(build, job)
    if at is not None:
        event["keen"] = {"timestamp": at.astimezone(UTC).isoformat()}
    return event


def _old_job(build: Build, job: Job) -> Event:
    return _known(
        build=build.number,
        job=job.number or job.id,
        branch=build.branch,
        repo=build.repo,
        ci_platform=build.provider,
        result=job.result and job.result.value,
        duration=job.duration,
        build_trigger=build.trigger,
        pull_request=_pull_request(build),
        build_matrix=_matrix(job),
        worker=_worker(job.worker),
        started_at=job.started_at and time_of(job.started_at),
        finished_at=job.finished_at and time_of(job.finished_at),
    )


def _new_job(job: Job) -> Event:
    return _known(
        id=job.id,
        number=job.number,
        name=job.name,
        stage=job.stage,
        raw_result=job.raw_result,
        allow_failure=job.allow_failure,
        queued_at=_iso(job.queued_at),
        queue_time=job.queue_time,
        exit=_exit(job.exit),
        log=job.log.value,
    )


def _build_key(build: Build) -> Event:
    return {"id": build.id, "instance": build.instance, "attempt": build.attempt or 1}


def _build(build: Build) -> Event:
    return _known(
        repo_id=build.repo_id,
        result=build.result and build.result.value,
        raw_result=build.raw_result,
        tag=build.tag,
        commit=build.commit,
        message=build.message,
        author=build.author,
        url=build.url,
        duration=build.duration,
        queued_at=_iso(build.queued_at),
        started_at=_iso(build.started_at),
        finished_at=_iso(build.finished_at),
    )


def _stage(step: Step, position: int) -> Event:
    return _known(
        name=step.name,
        command=step.command,
        duration=step.duration,
        started_at=time_of(step.started_at),
        finished_at=time_of(step.finished_at),
        phase=step.phase,
        position=position,
    )


def _pull_request(build: Build) -> Event:
    asked = build.pull_request
    if asked is None:
        return {"is_pull_request": False}
    return {"is_pull_request": True, **_known(number=asked.number, title=asked.title)}


def _matrix(job: Job) -> Event | None:
    values = {MATRIX_NAMES.get(name, name): _text(value) for name, value in job.matrix.values.items()}
    return _some({**values, **_known(summary=job.matrix.summary or None)})


def _worker(worker: Worker) -> Event | None:
    """Without its other facts: their names are anything, and Keen.io bounds the number of names."""
    return _some(
        _known(
            hostname=worker.hostname,
            os=worker.os,
            dist=worker.dist,
            arch=worker.arch,
            instance=worker.instance,
            boot_time=worker.boot_time,
        )
    )


def _exit(exit_: Exit) -> Event | None:
    return _some(
        _known(
            reason=exit_.reason,
            code=exit_.code,
            command=exit_.command,
            phase=exit_.phase,
            message=exit_.message,
        )
    )


def _known(**properties: object) -> Event:
    return {
        name: _text(value) if isinstance(value, str) else value
        for name, value in properties.items()
        if value is not None
    }


def _some(properties: Mapping[str, object]) -> Event | None:
    return dict(properties) or None


def _text(value: str) -> str:
    return value if len(value) <= LONGEST_TEXT else value[: LONGEST_TEXT - 1] + "…"


def _iso(instant: datetime | None) -> str | None:
    return instant.astimezone(UTC).isoformat() if instant else None
