"""What a store holds of the simulated Travis CI's builds, without a server, logs and their parser between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from buildtimetrend.demo.builds import SimulatedBuild, SimulatedJob
from buildtimetrend.demo.history import History
from buildtimetrend.demo.logs import Telling
from buildtimetrend.model import Build, Job, Matrix, Result, Step
from buildtimetrend.store.base import Store
from buildtimetrend.store.clock import Clock
from buildtimetrend.tasks import Analyses

INSTANCE = "https://api.travis-ci.com"
WEEK = 7 * 24 * 3600  # s


def builds_of(history: History, slug: str) -> Iterator[Build]:
    """Those that ran to their end, ascending; whole weeks later, so that the last ones are of these days."""
    later = _later(history)
    found = (history.build(slug, number) for number in history.numbers(slug))
    yield from (_build(each, later) for each in found if each and each.finished_at is not None)


def _later(history: History) -> int:
    """s"""
    return int(datetime.now(UTC).timestamp() - history.now) // WEEK * WEEK


def set_clock(store: Store, history: History) -> None:
    """To the history's end: what is looked at are the builds of a year, and each hour some are no more."""
    store.clock = _Set(datetime.fromtimestamp(history.now + _later(history), UTC) - datetime.now(UTC))


class _Set(Clock):
    def __init__(self, by: timedelta) -> None:
        super().__init__()
        self._by = by

    def now(self) -> datetime:
        return datetime.now(UTC) + self._by


def save(store: Store, builds: Iterable[Build]) -> None:
    for landed in [store.save(build, patience=0.05) for build in builds]:
        landed.result()


def looked_at(store: Store) -> None:
    """All that changed, at once."""
    store.execute([("UPDATE analysis SET due_at = $at", {"at": datetime(2026, 1, 1, tzinfo=UTC)})]).result()
    analyses = Analyses(store)
    while analyses.once():
        pass


def _build(build: SimulatedBuild, later: int) -> Build:
    return Build(
        provider="travis",
        instance=INSTANCE,
        repo=build.project.slug,
        id=str(build.id),
        number=str(build.number),
        result=Result(build.state),
        raw_result=build.state,
        branch=build.branch,
        commit=build.commit.sha,
        message=build.commit.message,
        trigger=build.event_type,
        started_at=_at(build.started_at, later),
        finished_at=_at(build.finished_at, later),
        jobs=tuple(_job(job, later) for job in build.jobs if job.finished_at is not None),
    )


def _job(job: SimulatedJob, later: int) -> Job:
    values = {name: str(value) for name, value in job.config.items()}
    return Job(
        id=str(job.id),
        number=job.number,
        result=Result(job.state),
        raw_result=job.state,
        queued_at=_at(job.queued_at, later),
        started_at=_at(job.started_at, later),
        finished_at=_at(job.finished_at, later),
        allow_failure=job.allow_failure,
        matrix=Matrix(" ".join(values.values()), values),
        steps=_steps(job, later) if job.state == "passed" else (),
    )


def _steps(job: SimulatedJob, later: int) -> tuple[Step, ...]:
    assert isinstance(job.source, Telling)
    times, ns = job.source.times(), later * 10**9
    return tuple(
        Step(block.command, block.phase, block.command, times[block.start] + ns, times[block.finish] + ns)
        for block in job.source.recording.blocks
    )


def _at(second: int | None, later: int) -> datetime | None:
    return None if second is None else datetime.fromtimestamp(second + later, UTC)
