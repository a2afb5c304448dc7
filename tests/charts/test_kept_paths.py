"""What is kept of builds' critical paths says what is reckoned from their jobs, however builds come."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from buildtimetrend import charts
from buildtimetrend.model import Build, Query, Step
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads import build_paths
from buildtimetrend.store.reads.buckets import number_of
from buildtimetrend.store.statements.summaries import summarise
from tests.charts import sample

WEEKS = 3
EVERY = timedelta(hours=7)  # so that some last over midnight
END = sample.SINCE + timedelta(weeks=WEEKS)
LATER = END + timedelta(days=2)


@pytest.fixture
def store(of_any_engine: Store) -> Store:
    return of_any_engine


@pytest.fixture
def unkept(in_memory: Store) -> Store:
    """Of which nothing is kept but the rows."""
    return in_memory


def builds(seed: int) -> list[Build]:
    chance = random.Random(seed)
    return [
        sample._build(chance, sample.REPO, number, 1, sample.SINCE + number * EVERY)
        for number in range(1, timedelta(weeks=WEEKS) // EVERY)
    ]


def save(builds: Iterable[Build], *stores: Store) -> None:
    for future in [store.save(build) for build in builds for store in stores]:
        future.result()


def whole(**filters: str) -> Query:
    return sample.query("week", since=sample.SINCE, until=END, **filters)


OF_BUILDS = [
    *(sample.query(interval, since=sample.SINCE, until=END) for interval in ("hour", "day", "week")),
    whole(branch="main"),
    whole(trigger="push"),
]
OF_JOBS = [whole(result="failed"), whole(build_matrix="python 3.1 linux")]  # of which nothing is kept


def assert_alike(kept: Store, unkept: Store, queries: Iterable[Query] = (*OF_BUILDS, *OF_JOBS)) -> None:
    for query in queries:
        found, expected = (charts.draw("wall_parts", each, query) for each in (kept, unkept))
        for ours, theirs in zip(found.columns, expected.columns, strict=True):
            assert [*ours.values] == [about(value) for value in theirs.values], (ours.name, query)


def about(value: Any) -> Any:
    return pytest.approx(value, rel=1e-9, abs=2e-6) if isinstance(value, float) else value


def paths(store: Store) -> list[str]:
    return [str(path) for path in store.select("SELECT path FROM build_path")["path"]]


def kept(store: Store) -> int:
    return len(paths(store))


@pytest.mark.parametrize("seed", [1, 2])
def test_paths_that_are_kept_say_what_the_jobs_say(store: Store, unkept: Store, seed: int) -> None:
    save(builds(seed), store, unkept)
    assert_alike(store, unkept)
    summarise(store, LATER)
    assert kept(store) == len(builds(seed))
    assert_alike(store, unkept)


def test_they_are_read_and_the_jobs_are_not(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    save(builds(3), store)
    summarise(store, LATER)
    expected = charts.draw("wall_parts", store, whole())
    asked: list[str] = []
    select = store.select

    def noted(sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return select(sql, *rest)

    monkeypatch.setattr(store, "select", noted)
    assert charts.draw("wall_parts", store, whole()) == expected
    assert any("build_path" in sql for sql in asked)
    assert not any("FROM job" in sql or "FROM step" in sql for sql in asked)


def test_a_build_that_is_saved_anew_is_reckoned_anew(store: Store, unkept: Store) -> None:
    saved = builds(4)
    save(saved, store, unkept)
    summarise(store, LATER)
    again = [slower(build) for build in saved[::7]]
    save(again, store, unkept)
    assert_alike(store, unkept)
    summarise(store, LATER)
    assert_alike(store, unkept)
    assert kept(store) == len(saved)


def slower(build: Build) -> Build:
    """Its jobs are others: their steps took twice as long."""

    def twice(step: Step) -> Step:
        return step._replace(finished_ns=2 * step.finished_ns - step.started_ns)

    return replace(build, jobs=tuple(replace(job, steps=tuple(map(twice, job.steps))) for job in build.jobs))


def test_a_build_that_is_saved_while_paths_are_reckoned_is_not_kept_as_it_was(
    store: Store, unkept: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = builds(5)[:9]
    save(saved, store, unkept)
    reckoned = build_paths.reckoned

    def meanwhile(*args: Any) -> Any:
        found = reckoned(*args)
        save([slower(saved[4])], store)
        return found

    with monkeypatch.context() as patched:
        patched.setattr("buildtimetrend.store.statements.build_paths.reckoned", meanwhile)
        summarise(store, LATER)
    assert kept(store) == len(saved) - 1
    save([slower(saved[4])], unkept)
    assert_alike(store, unkept)


def test_what_was_stored_before_there_were_any_is_kept_by_and_by(store: Store, unkept: Store) -> None:
    saved = builds(6)
    save(saved, store, unkept)
    summarise(store, LATER)
    day = number_of("finished_at", "86400")
    mark = f"INSERT INTO path_day SELECT DISTINCT repo_id, {day} FROM job WHERE finished_at IS NOT NULL"
    store.execute([("DELETE FROM build_path", {}), (mark, {})]).result()
    assert_alike(store, unkept)
    assert summarise(store, LATER, stopped=lambda: True) == 0
    assert summarise(store, LATER) >= 7 * WEEKS - 1
    assert kept(store) == len(saved)
    assert summarise(store, LATER) == 0
    assert_alike(store, unkept)


def test_steps_that_were_dropped_are_kept_in_the_parts(store: Store, unkept: Store) -> None:
    saved = builds(7)
    save(saved, store, unkept)
    assert summarise(store, LATER, keep_days=5)
    assert_alike(store, unkept, OF_BUILDS)
    before = {*paths(store)}
    # One is saved anew: others of its day stay as they are.
    save([saved[len(saved) // 2]], store)
    summarise(store, LATER, keep_days=5)
    assert kept(store) == len(saved)
    assert len({*paths(store)} - before) <= 1
