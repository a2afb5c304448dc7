"""When a pipeline began and ended.

GitLab moves a pipeline's end with each job that somebody lets run later, be it weeks. A build has ended when
nothing ran, and nothing waited but for a person: what is let run after that is kept as a job of it, and
counts neither for its end nor for its duration.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from buildtimetrend.model import Job

# A job that may be left out was let run by a person, if nothing ran for so long before.
AT_ONCE = timedelta(minutes=1)
# One that is run again belongs to the same run, if no more time lies between.
AGAIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Times:
    started_at: datetime | None
    finished_at: datetime | None


def wall(told: Times, jobs: Iterable[Job], *, ended: bool) -> Times:
    """What GitLab tells, or follows from the jobs, as lists tell neither; the end without what came late."""
    ran = sorted(
        ((_ready(job), job) for job in jobs if job.started_at and job.finished_at), key=lambda found: found[0]
    )
    begun = told.started_at or min((job.started_at for _, job in ran if job.started_at), default=None)
    if not ended:
        return Times(begun, None)
    end: datetime | None = None
    for ready, job in ran:
        if end is not None and ready - end > _patience(job):
            return Times(begun, end)
        assert job.finished_at is not None
        end = job.finished_at if end is None else max(end, job.finished_at)
    finished = told.finished_at or end
    return Times(begun, finished if not (begun and finished and finished < begun) else end)


def _ready(job: Job) -> datetime:
    """Since when it waited for a runner alone."""
    assert job.started_at is not None
    return job.queued_at or job.started_at


def _patience(job: Job) -> timedelta:
    """How long nothing may have run before it, if it is to belong to the same run. What nobody may leave out
    keeps its pipeline from ending.
    """
    if job.own_attempt is not None and job.own_attempt > 1:
        return AGAIN
    return AT_ONCE if job.allow_failure else timedelta.max
