"""Stores for the pages: what `demo` would collect, less of it, and with builds of today at any hour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from buildtimetrend.demo.process import TravisProcess
from buildtimetrend.ingest import Ingest
from buildtimetrend.model import Build, BuildRef, Delivery, Import, Origin, Result, Task, TaskState
from buildtimetrend.providers import open_provider
from buildtimetrend.providers.base import Provider
from buildtimetrend.settings import Settings
from buildtimetrend.store import open_store
from buildtimetrend.store.base import Store
from buildtimetrend.store.clock import Clock

BUSY, OTHER, WIDE, OLD = "simulated/numbers", "simulated/boxes", "simulated/parser", "recorded/logs"
EVERY, LATEST, TODAY, RESTARTED = 8, 40, 6, 3


def save(
    folder: Path, builds: Iterable[Build], tasks: Sequence[Task] = (), batch: Import | None = None
) -> None:
    """Into the file that a `Service` in this folder has."""
    with closing(open_store(f"duckdb:///{folder / 'store.duckdb'}")) as store:
        for future in [store.save(build, patience=0.5) for build in builds]:
            future.result()
        if tasks:
            store.add_tasks(tasks, batch).result()


def save_demo(folder: Path, travis: TravisProcess) -> None:
    """A year of three projects, thinned; today's builds; a project that has long been silent; imports."""
    now = datetime.now(UTC)
    builds = [build for slug in (BUSY, OTHER, WIDE) for build in _with_today(collected(travis, slug), now)]
    save(folder, [*builds, *collected(travis, OLD)])
    with closing(open_store(f"duckdb:///{folder / 'store.duckdb'}")) as store:
        for build in builds:
            if build.finished_at and now - build.finished_at < timedelta(days=7):
                store.accept(_delivery(build, build.finished_at), None).result()
        for batch, tasks in _imports(builds[0].instance, now):
            store.add_tasks(tasks, batch).result()


def collected(travis: TravisProcess, slug: str) -> list[Build]:
    """Builds with their steps, as the service would store them; of some every attempt."""
    numbers = travis.history.numbers(slug)
    chosen = sorted({*numbers[::EVERY], *numbers[-LATEST:]})
    settings = Settings.of(travis_api_url=travis.url)
    with closing(open_provider(settings.section("travis"))) as provider, ThreadPoolExecutor(4) as threads:
        builds = list(threads.map(lambda number: _collect(provider, slug, number), chosen))
        wrong = {Result.FAILED, Result.ERRORED}  # a year may have no failed one among these
        again = [build.number for build in builds[:-TODAY] if build.result in wrong][-RESTARTED:]
        for number in again if slug != OLD else ():
            travis.control("/_restart", slug=slug, number=number)
            builds.append(_collect(provider, slug, int(number)))
    return builds


@dataclass
class _Kept:
    """In place of a store: keeps what is to be saved."""

    builds: list[Build] = field(default_factory=list)
    clock: Clock = field(default_factory=Clock)

    def save(
        self, build: Build, task: Task | None = None, *, patience: float = 0.0, send: bool = False
    ) -> Future[int]:
        self.builds.append(build)
        done: Future[int] = Future()
        done.set_result(1)
        return done


def _collect(provider: Provider, slug: str, number: int) -> Build:
    ref = BuildRef("travis", provider.instance, slug, number=str(number))
    now, kept = datetime.now(UTC), _Kept()
    ingest = Ingest(Settings(data_detail="extended"), cast(Store, kept))
    ingest.collect(provider, Task("", ref, Origin.IMPORT, now, now))
    return kept.builds[0]


def _with_today(builds: list[Build], now: datetime) -> Iterator[Build]:
    """The last builds moved to today, evenly from midnight to now: at night and on Sundays few are built."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    first = [build for build in builds if build.finished_at and build.finished_at < midnight]
    newest = sorted({int(build.number) for build in first})[-TODAY:]
    for build in first:
        if int(build.number) not in newest:
            yield build
        elif build.finished_at:
            share = (newest.index(int(build.number)) + 1) / (TODAY + 1)
            yield moved(build, midnight + share * (now - midnight) - build.finished_at)


def moved(build: Build, by: timedelta) -> Build:
    """The same build at another time."""

    def to(at: datetime | None) -> datetime | None:
        return at and at + by

    ns = int(by.total_seconds() * 1e9)
    jobs = tuple(
        replace(
            job,
            steps=tuple(
                step._replace(started_ns=step.started_ns + ns, finished_ns=step.finished_ns + ns)
                for step in job.steps
            ),
            queued_at=to(job.queued_at),
            started_at=to(job.started_at),
            finished_at=to(job.finished_at),
        )
        for job in build.jobs
    )
    return replace(
        build,
        jobs=jobs,
        queued_at=to(build.queued_at),
        started_at=to(build.started_at),
        finished_at=to(build.finished_at),
    )


def _delivery(build: Build, at: datetime) -> Delivery:
    return Delivery(f"{build.id}-{at}", build.provider, build.repo, at, build.raw_result, "{}")


def _imports(instance: str, now: datetime) -> Iterator[tuple[Import | None, list[Task]]]:
    """One that is done, one half way whose rest is due tomorrow, a canceled one, and a failed request."""
    ended = {TaskState.DONE, TaskState.FAILED, TaskState.CANCELED}
    for name, repo, ago, states in (
        ("first", BUSY, 50, [TaskState.DONE] * 38 + [TaskState.FAILED] * 2),
        ("second", OTHER, 20, [TaskState.DONE] * 12 + [TaskState.WAITING] * 18),
        ("third", WIDE, 5, [TaskState.DONE] * 3 + [TaskState.CANCELED] * 9),
    ):
        begun = now - timedelta(minutes=ago)
        tasks = [
            Task(
                f"{name}-{number}",
                BuildRef("travis", instance, repo, number=str(number)),
                Origin.IMPORT,
                begun,
                now + timedelta(days=1) if state is TaskState.WAITING else begun,
                state,
                tries=5 if state is TaskState.FAILED else 1,
                reason="Travis CI answered 503 to /builds." if state is TaskState.FAILED else None,
                import_id=name,
                finished_at=begun + timedelta(seconds=3 * number) if state in ended else None,
            )
            for number, state in enumerate(states, 1)
        ]
        yield Import(name, "travis", repo, 1, len(tasks), begun), tasks
    ref = BuildRef("travis", instance, BUSY, number="9999")
    reason = "Travis CI answered 404 to /builds: there is no such thing."
    failed = Task("request", ref, Origin.REQUEST, now, now, TaskState.FAILED, 1, reason, finished_at=now)
    yield None, [failed]
