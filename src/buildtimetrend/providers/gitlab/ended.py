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
# One that is run again, or that the pipeline had to wait for, belongs to the same run up to here.
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Times:
    started_at: datetime | None
    finished_at: datetime | None


def wall(told: Times, jobs: Iterable[Job], *, ended: bool) -> Times:
    """What GitLab tells, or follows from the jobs, as lists tell neither; the end without what came late."""
    spans = sorted((span for span in map(_span, jobs) if span), key=lambda span: span.ready)
    begun = told.started_at or min((span.started_at for span in spans if span.started_at), default=None)
    if not ended:
        return Times(begun, None)
    end: datetime | None = None
    for span in spans:
        if end is not None and span.ready - end > span.patience:
            return Times(begun, end)
        if end is not None or span.started_at:
            end = span.finished_at if end is None else max(end, span.finished_at)
    if end is None:  # nothing ran
        end = max((span.finished_at for span in spans), default=None)
    finished = told.finished_at or end
    return Times(begun, finished if not (begun and finished and finished < begun) else end)


@dataclass(frozen=True, slots=True)
class _Span:
    """When a job waited for a runner alone, and when it ended; `patience` is how long nothing may have run
    before it, if it is to belong to the same run.
    """

    ready: datetime
    started_at: datetime | None
    finished_at: datetime
    patience: timedelta


def _span(job: Job) -> _Span | None:
    """A job that never ran may have ended, as with its pipeline that was canceled."""
    if job.finished_at is None:
        return None
    ready = job.queued_at or job.started_at or job.finished_at
    return _Span(ready, job.started_at, job.finished_at, _patience(job))


def _patience(job: Job) -> timedelta:
    """What nobody may leave out keeps its pipeline from ending, as what is run again reopens it."""
    if job.started_at is None:
        return timedelta.max
    is_first = job.own_attempt is None or job.own_attempt == 1
    return AT_ONCE if job.allow_failure and is_first else A_DAY
