"""Sums of weeks say the same as the rows, however builds come: choices of filters, and numbers of jobs."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from buildtimetrend.model import Build, Query
from buildtimetrend.store import reads
from buildtimetrend.store.base import Statement, Store
from buildtimetrend.store.reads.buckets import number_of
from buildtimetrend.store.statements.summaries import summarise
from tests.charts import sample

WEEKS = 9
EVERY = timedelta(hours=19)
END = sample.SINCE + timedelta(weeks=WEEKS)
LATER = END + timedelta(days=2)
PIPELINES = (None, "nightly")
WHOLE = sample.query("week", since=sample.SINCE, until=END)


@pytest.fixture
def store(of_any_engine: Store) -> Store:
    return of_any_engine


@pytest.fixture
def unsummed(in_memory: Store) -> Store:
    """Of which nothing is there but the rows."""
    return in_memory


def builds(seed: int) -> list[Build]:
    """Each with a branch of its own, or one of a few, and of two pipelines."""
    chance = random.Random(seed)
    found = [
        sample._build(chance, sample.REPO, number, 1, sample.SINCE + number * EVERY)
        for number in range(1, timedelta(weeks=WEEKS) // EVERY)
    ]
    named = [replace(each, branch=f"b{number}") if number % 3 else each for number, each in enumerate(found)]
    return [replace(each, pipeline="nightly") if number % 4 else each for number, each in enumerate(named)]


def save(builds: Iterable[Build], *stores: Store) -> None:
    for future in [store.save(build) for build in builds for store in stores]:
        future.result()


def queries(chance: random.Random) -> Iterator[Query]:
    yield WHOLE
    yield sample.query("week", since=sample.SINCE - timedelta(days=200), until=LATER)
    yield sample.query("week", since=END, until=sample.SINCE)  # nothing
    some: list[dict[str, str]] = [
        {},
        {},
        {},
        {"branch": "main"},
        {"result": "failed"},
        {"pipeline": "nightly"},
    ]
    for interval, filters in (*(("week", filters) for filters in (*some, some[-1])), ("day", {})):
        first, last = sorted(chance.sample(range(WEEKS * 7 * 24), 2))
        since, until = (sample.SINCE + timedelta(hours=hours) for hours in (first, last))
        yield sample.query(interval, since=since, until=until, **filters)


def assert_alike(summed: Store, unsummed: Store, seed: int) -> None:
    for query in queries(random.Random(seed)):
        for told in (reads.choices, reads.jobs_by_bucket):
            assert told(summed, query) == told(unsummed, query), (told, query)


@pytest.mark.parametrize("seed", [1, 2])
def test_sums_say_what_the_rows_say(store: Store, unsummed: Store, seed: int) -> None:
    save(builds(seed), store, unsummed)
    summarise(store, END - timedelta(days=17))
    assert_alike(store, unsummed, seed)
    summarise(store, LATER)
    assert_alike(store, unsummed, seed)
    assert len(reads.choices(store, WHOLE)["branch"]) > 40


def test_of_weeks_that_are_summed_up_no_rows_are_read(store: Store) -> None:
    save(builds(3), store)
    summarise(store, LATER)
    expected = reads.choices(store, WHOLE)
    middle = sample.query(
        "week", since=sample.SINCE + timedelta(days=13), until=sample.SINCE + timedelta(days=44)
    )
    of_middle = reads.choices(store, middle)
    jobs = {
        pipeline: reads.jobs_by_bucket(store, middle.filtered(pipeline=pipeline)) for pipeline in PIPELINES
    }
    assert reads.choices(store, WHOLE)["pipeline"] == ["nightly", "travis"]
    store.execute([(f"DELETE FROM {table} WHERE TRUE", {}) for table in ("build", "job")]).result()
    left = reads.choices(store, middle)["branch"]
    assert len(of_middle["branch"]) > 10
    # The range begins and ends within a week.
    assert 0 < len(left) < len(of_middle["branch"]) < len(expected["branch"])
    for pipeline, counted in jobs.items():
        found = reads.jobs_by_bucket(store, middle.filtered(pipeline=pipeline))
        assert found == {
            bucket: number
            for bucket, number in counted.items()
            if middle.since <= bucket <= middle.until - timedelta(weeks=1)
        }
        assert 2 < len(found) < len(counted)


def test_a_build_that_is_saved_anew_is_told_at_once(store: Store, unsummed: Store) -> None:
    saved = builds(4)
    save(saved, store, unsummed)
    summarise(store, LATER)
    save([replace(build, branch=f"other/{build.id}") for build in saved[::6]], store, unsummed)
    assert_alike(store, unsummed, 4)
    summarise(store, LATER)
    assert_alike(store, unsummed, 4)
    assert saved[6].branch not in reads.choices(store, WHOLE)["branch"]


def test_a_build_may_end_in_another_week_than_its_jobs(store: Store, unsummed: Store) -> None:
    saved = builds(5)
    save(saved, store, unsummed)
    summarise(store, LATER)
    late = [build for build in saved[4:30:5] if build.finished_at]
    assert late
    moved = [
        replace(build, branch=f"late/{build.id}", finished_at=build.finished_at + timedelta(days=15))
        for build in late
        if build.finished_at
    ]
    for some in (moved, late):  # and back
        save(some, store, unsummed)
        assert_alike(store, unsummed, 5)
        summarise(store, LATER)
        assert_alike(store, unsummed, 5)


def test_what_was_stored_before_there_were_sums_is_summed_up_by_and_by(store: Store, unsummed: Store) -> None:
    save(builds(6), store, unsummed)
    summarise(store, LATER)
    day = number_of("finished_at", "86400")
    ended = "(SELECT repo_id, finished_at FROM job UNION ALL SELECT repo_id, finished_at FROM build) AS ended"
    mark = f"INSERT INTO path_day SELECT DISTINCT repo_id, {day} FROM {ended} WHERE finished_at IS NOT NULL"
    of_weeks: list[Statement] = [
        (f"DELETE FROM {table} WHERE TRUE", {}) for table in ("choice_week", "job_week")
    ]
    store.execute([*of_weeks, (mark, {})]).result()
    assert_alike(store, unsummed, 6)
    assert summarise(store, LATER) > 0
    assert_alike(store, unsummed, 6)
    assert store.select("SELECT count(*) AS rows FROM choice_week WHERE branch = 'b1'")["rows"] == [1]
    assert summarise(store, LATER) == 0
