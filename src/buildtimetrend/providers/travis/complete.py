"""Whether Travis CI has filled in all of a build, and what follows where it never will.

It says `passed` some seconds before it says when, and of some old builds it never does.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from buildtimetrend.errors import TemporaryError
from buildtimetrend.model import Build, Job, Result
from buildtimetrend.providers.travis.states import FINISHED, result_of_jobs

# No job runs longer: what is still missing then will never come.
_SETTLED_AFTER = timedelta(hours=12)
# All jobs have their times, but the build has not: that long ago, it was not about to get them.
_QUIET_AFTER = timedelta(minutes=10)


def completed(build: Build, committed_at: datetime | None) -> Build:
    """The build, with results and times that follow from its jobs and the jobs' from it.

    Raises `TemporaryError` while times are missing that are about to come.
    """
    build = _with_results(build)
    parts: list[Build | Job] = [build, *build.jobs]
    begun = max((t for part in parts for t in (part.queued_at, part.started_at) if t), default=committed_at)
    if begun is not None and datetime.now(UTC) - begun > _SETTLED_AFTER:
        return _with_times(build)
    if _quiet(build):
        build = _with_times(build)
        parts[0] = build
    late = next((part for part in parts if _late(part)), None)
    if late is not None:
        what = "Build" if isinstance(late, Build) else "Job"
        raise TemporaryError(
            f"{what} {late.number or late.id} of {build.repo} is not complete yet: its times are missing."
        )
    return build


def _with_results(build: Build) -> Build:
    """A part that is only said to have finished ended as the others tell."""
    result = build.result
    if result is None and build.raw_result == FINISHED:
        result = result_of_jobs(build.jobs)
    unknown = [job.result is None and job.raw_result == FINISHED for job in build.jobs]
    if result is build.result and not (result and any(unknown)):
        return build
    jobs = zip(build.jobs, unknown, strict=True)
    return replace(
        build, result=result, jobs=tuple(replace(job, result=result) if open_ else job for job, open_ in jobs)
    )


def _with_times(build: Build) -> Build:
    """A build begins with its first job and ends with its last."""
    if build.result is None or any(job.result is None for job in build.jobs):
        return build
    started = build.started_at or min((job.started_at for job in build.jobs if job.started_at), default=None)
    ends = [job.finished_at for job in build.jobs if job.finished_at]
    finished = build.finished_at or max(ends, default=None)
    if build.finished_at is None and finished and started and finished < started:
        finished = None  # of a run before this one
    if (started, finished) == (build.started_at, build.finished_at):
        return build
    return replace(build, started_at=started, finished_at=finished)


def _quiet(build: Build) -> bool:
    """Whether nothing of the build has happened for a while, and all its jobs say when they ended."""
    if not build.jobs or any(job.result is None or _late(job) for job in build.jobs):
        return False
    parts: list[Build | Job] = [build, *build.jobs]
    latest = max(
        (t for part in parts for t in (part.queued_at, part.started_at, part.finished_at) if t), default=None
    )
    return latest is not None and datetime.now(UTC) - latest > _QUIET_AFTER


def _late(part: Build | Job) -> bool:
    if part.result in (Result.CANCELED, Result.ERRORED) and part.started_at is None:
        return False  # it may never have run
    return part.result is not None and (part.started_at is None or part.finished_at is None)
