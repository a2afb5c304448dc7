"""What a store holds of the simulated Travis CI's builds, without a server, logs and their parser between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import time_machine

from buildtimetrend.demo.builds import SimulatedBuild, SimulatedJob
from buildtimetrend.demo.history import History
from buildtimetrend.demo.logs import Telling
from buildtimetrend.model import Build, Job, Matrix, Result, Step
from buildtimetrend.store.base import Store
from buildtimetrend.tasks import Analyses

INSTANCE = "https://api.travis-ci.com"


def builds_of(history: History, slug: str) -> Iterator[Build]:
    """Those that ran to their end, ascending."""
    found = (history.build(slug, number) for number in history.numbers(slug))
    yield from (_build(each) for each in found if each and each.finished_at is not None)


def at_the_end_of(history: History) -> time_machine.travel:
    """What is looked at are the builds of a year: by today's clock each hour some are no more."""
    return time_machine.travel(history.now)


def save(store: Store, builds: Iterable[Build]) -> None:
    for landed in [store.save(build, patience=0.05) for build in builds]:
        landed.result()


def looked_at(store: Store) -> None:
    """All that changed, at once."""
    store.execute([("UPDATE analysis SET due_at = $at", {"at": datetime(2020, 1, 1, tzinfo=UTC)})]).result()
    analyses = Analyses(store)
    while analyses.once():
        pass


def _build(build: SimulatedBuild) -> Build:
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
        started_at=_at(build.started_at),
        finished_at=_at(build.finished_at),
        jobs=tuple(_job(job) for job in build.jobs if job.finished_at is not None),
    )


def _job(job: SimulatedJob) -> Job:
    values = {name: str(value) for name, value in job.config.items()}
    return Job(
        id=str(job.id),
        number=job.number,
        result=Result(job.state),
        raw_result=job.state,
        queued_at=_at(job.queued_at),
        started_at=_at(job.started_at),
        finished_at=_at(job.finished_at),
        allow_failure=job.allow_failure,
        matrix=Matrix(" ".join(values.values()), values),
        steps=_steps(job) if job.state == "passed" else (),
    )


def _steps(job: SimulatedJob) -> tuple[Step, ...]:
    assert isinstance(job.source, Telling)
    times = job.source.times()
    return tuple(
        Step(block.command, block.phase, block.command, times[block.start], times[block.finish])
        for block in job.source.recording.blocks
    )


def _at(second: int | None) -> datetime | None:
    return None if second is None else datetime.fromtimestamp(second, UTC)
