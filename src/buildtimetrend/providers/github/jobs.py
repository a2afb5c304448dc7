"""The jobs of one attempt of a run, and when it ended."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from buildtimetrend.model import Build, Job, Result, Worker
from buildtimetrend.providers.fields import Fields
from buildtimetrend.providers.github.job_names import named
from buildtimetrend.providers.github.runs import Run
from buildtimetrend.providers.github.steps import steps_of
from buildtimetrend.providers.github.words import result_of, word_of
from buildtimetrend.providers.systems import system_of
from buildtimetrend.providers.times import in_order, time_of

HELD = timedelta(minutes=10)  # GitHub creates the first jobs of a run at once
_BEFORE_START = {"queued", "pending", "waiting", "requested"}


@dataclass(frozen=True, slots=True)
class Listed:
    """A job as it is listed: `shown` is its whole name. A re-run lists what it left alone again, with its
    first times: that is of an `earlier` attempt.
    """

    job: Job
    shown: str
    workflow: str | None  # its name
    earlier: bool


def listed(run: Run, described: Iterable[Fields]) -> list[Listed]:
    """In the order of their creation; raises `WrongField`."""
    attempt, since = run.build.attempt or 1, run.build.started_at
    found = [
        Listed(_job(job), job.text("name"), job.maybe_text("workflow_name"), _is_earlier(job, attempt, since))
        for job in described
    ]
    return sorted(found, key=lambda each: int(each.job.id))


def _is_earlier(job: Fields, attempt: int, since: datetime | None) -> bool:
    told = int(job.maybe_id("run_attempt") or attempt)
    if told != attempt:
        return True
    finished = time_of(job, "completed_at")
    if attempt == 1 or since is None or finished is None:
        return False
    started = time_of(job, "started_at")
    return finished <= since and (started is None or started < since)


def ended(run: Run, jobs: Sequence[Job], *, alone: bool) -> Build:
    """The build with its jobs. It ends with the last of them: a later attempt moves the run's own time.

    `alone` says that none of it ended, as where all were skipped, and that there is no later attempt: then it
    ended when it changed last.
    """
    build = _held(replace(run.build, jobs=tuple(jobs)))
    if build.result is None:
        return build
    ends = [job.finished_at for job in jobs if job.finished_at]
    finished = max(ends, default=None)
    if alone:
        finished = run.updated_at
    if finished and build.started_at and finished < build.started_at:
        finished = build.started_at if in_order(build.started_at, finished) else None
    return replace(build, finished_at=finished)


def _held(build: Build) -> Build:
    """A run that waits for a person's approval, or for others of its concurrency group, has no jobs until
    then: that is neither its work nor a wait for a runner.
    """
    created = min((job.queued_at for job in build.jobs if job.queued_at and job.started_at), default=None)
    if created is None or build.started_at is None or created - build.started_at < HELD:
        return build
    return replace(build, queued_at=None, started_at=created)


def _job(job: Fields) -> Job:
    word = word_of(job)
    result = result_of(job)
    queued, started, finished = _times(job, word, result)
    name, matrix = named(job.text("name"))
    return Job(
        id=job.id("id"),
        number=None,
        result=result,
        raw_result=word,
        name=name,
        url=job.maybe_text("html_url"),
        queued_at=queued,
        started_at=started,
        finished_at=finished,
        matrix=matrix,
        worker=_worker(job),
        steps=tuple(steps_of(job)),
    )


def _times(
    job: Fields, word: str, result: Result | None
) -> tuple[datetime | None, datetime | None, datetime | None]:
    """Queued, started, finished; None for what never was, or cannot be true."""
    queued, started, finished = (time_of(job, name) for name in ("created_at", "started_at", "completed_at"))
    if result is None:
        # One that waits may carry the time of its creation as its start.
        return queued, None if word in _BEFORE_START else started, None
    if result is Result.SKIPPED:
        return None, None, None
    if _never_ran(job, result):
        return queued, None, finished if in_order(queued, finished) else None
    if not in_order(started, finished):
        return queued, None, None
    return queued if in_order(queued, started) else None, started, finished


def _never_ran(job: Fields, result: Result) -> bool:
    """Whether it ended before any runner took it. Old records know no runners, but have steps."""
    if result is Result.PASSED or job.get("steps"):
        return False
    started, finished = time_of(job, "started_at"), time_of(job, "completed_at")
    if not in_order(started, finished):
        return True
    told = "runner_id" in job or "runner_name" in job
    return told and job.maybe_id("runner_id") in (None, "0") and not job.maybe_text("runner_name")


def _worker(job: Fields) -> Worker:
    given = job.get("labels")
    labels = tuple(label for label in given if isinstance(label, str)) if isinstance(given, list) else ()
    words = [word for label in labels for word in re.split(r"[-_.]", label.lower())]
    return Worker(
        name=job.maybe_text("runner_name") or None,
        group=job.maybe_text("runner_group_name") or None,
        labels=labels,
        os=system_of(words),
    )
