"""Which attempt of a build the CI speaks of, and which of its jobs ran in that one.

Where the CI does not number attempts, what is stored tells them apart: Travis CI resets a build that is
restarted (same id, new times), others give a retried job a new id. A CI that numbers them may list the jobs
that a re-run left alone again: each belongs to the first attempt that has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from buildtimetrend.model import Build, Job

BEGINNING = datetime.min.replace(tzinfo=UTC)
END = datetime.max.replace(tzinfo=UTC)


class Run(Protocol):
    """Something that starts and ends: a job, or a build without its jobs."""

    @property
    def started_at(self) -> datetime | None: ...
    @property
    def finished_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A stored job (or build): its CI's id, whether it has a result, its times, and a job's name."""

    id: str
    ended: bool
    started_at: datetime | None
    finished_at: datetime | None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One stored attempt of a build."""

    number: int
    build: StoredRun
    jobs: Sequence[StoredRun]

    @property
    def complete(self) -> bool:
        return self.build.ended and all(job.ended for job in self.jobs)


def attempt_of(build: Build, stored: Sequence[Attempt]) -> int | None:
    """The attempt to store `build` as, given the stored ones in ascending order; None when it is older."""
    if build.attempt is not None:
        same = next((attempt for attempt in stored if attempt.number == build.attempt), None)
    elif not stored:
        return 1
    elif _restarted(build, stored):
        return stored[-1].number + 1
    else:
        same = _same(build, stored)
        if same is None:
            return None
    if same is not None and same.complete and not _complete(build):
        return None  # fetched before it ended, stored after
    return build.attempt if same is None else same.number


def ran_before(build: Build, number: int, stored: Sequence[Attempt]) -> set[str]:
    """Ids of the jobs of attempt `number` that a re-run left alone: an earlier attempt has them."""
    known = {
        run for attempt in stored if attempt.number < number for job in attempt.jobs for run in _runs(job)
    }
    return {job.id for job in build.jobs if not known.isdisjoint(_runs(job))}


def listed_again(build: Build, number: int, later: Attempt) -> set[str]:
    """Ids of a later attempt's jobs that ran in attempt `number`, which comes to the store after it."""
    if later.number <= number:
        return set()
    known = {run for job in build.jobs for run in _runs(job)}
    return {job.id for job in later.jobs if not known.isdisjoint(_runs(job))}


def _runs(job: Job | StoredRun) -> list[tuple[str, str, datetime, datetime | None]]:
    """What is the same when a job is listed again: a CI may give it a new id, and never new times."""
    if job.started_at is None:
        return []
    times = (job.started_at, job.finished_at)
    return [("id", job.id, *times)] + ([("name", job.name, *times)] if job.name and job.finished_at else [])


def _restarted(build: Build, stored: Sequence[Attempt]) -> bool:
    latest = stored[-1]
    last_run = {job.id: job for attempt in stored for job in attempt.jobs}
    seen = ran_before(build, latest.number + 1, stored)
    if any(_runs_again(job, last_run[job.id]) for job in build.jobs if job.id in last_run.keys() - seen):
        return True
    if latest.complete and _adds_jobs(build, latest, last_run.keys() | seen):
        return True
    if not latest.complete or not build.finished:
        # Jobs that fast_finish left running start after their build's end.
        return False
    if build.started_at is not None and any(build.started_at == known.build.started_at for known in stored):
        return False
    return _starts_after(build, latest)


def _runs_again(job: Job, before: StoredRun) -> bool:
    if not before.ended or job.started_at is None:
        return False
    if before.finished_at is None:
        return before.started_at is None
    return job.started_at > before.finished_at


def _adds_jobs(build: Build, latest: Attempt, known: Set[str]) -> bool:
    """Whether a job with a new id came after all had ended, as where a retried job gets one."""
    end = _end([latest.build, *latest.jobs])
    begun = _known(job.started_at or job.finished_at for job in build.jobs if job.id not in known)
    return end is not None and any(instant > end for instant in begun)


def _starts_after(build: Build, latest: Attempt) -> bool:
    started = _start([latest.build, *latest.jobs]) is not None
    last_end = _end([latest.build, *latest.jobs])
    if build.started_at is not None:
        # Travis CI fills finished_at late: one that is missing says nothing.
        return not started if last_end is None else build.started_at > last_end
    # Canceled before it began: a new attempt if the stored one did begin, and ended before.
    end = _end([build, *build.jobs])
    return started and (end is None or (last_end is not None and end > last_end))


def _same(build: Build, stored: Sequence[Attempt]) -> Attempt | None:
    """The attempt that was going on while this one was: the one with the same last start, else the latest.

    It is the last start that counts: a restart of one job leaves the first start, the build's, as it was.
    """
    start, end = _span([build, *build.jobs], complete=_complete(build))
    fitting = []
    for attempt in reversed(stored):
        first, last = _span([attempt.build, *attempt.jobs], complete=attempt.complete)
        if start == first:
            return attempt
        if start <= last and end >= first:
            fitting.append(attempt)
    return fitting[0] if fitting else None


def _span(runs: Sequence[Run], *, complete: bool) -> tuple[datetime, datetime]:
    """From the last start to the end; that of a build canceled before it began is the instant when it was."""
    end = _end(runs) if complete else None
    return _start(runs) or end or BEGINNING, end or END


def _complete(build: Build) -> bool:
    return build.finished and all(job.result is not None for job in build.jobs)


def _start(runs: Sequence[Run]) -> datetime | None:
    return max(_known(run.started_at for run in runs), default=None)


def _end(runs: Sequence[Run]) -> datetime | None:
    return max(_known(run.finished_at for run in runs), default=None)


def _known(instants: Iterator[datetime | None]) -> Iterator[datetime]:
    return (instant for instant in instants if instant is not None)
