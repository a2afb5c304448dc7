"""What is summed up says the same as the rows: exactly for counts and averages, to 1 % for percentiles."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from buildtimetrend import charts
from buildtimetrend.charts.comparison import compare
from buildtimetrend.model import Build, Query, Value
from buildtimetrend.store import open_store, reads
from buildtimetrend.store.base import Store, Table, rows
from buildtimetrend.store.reads.compare import Side
from buildtimetrend.store.reads.step_parts import dropped_before, parts
from buildtimetrend.store.statements.summaries import summarise
from tests.charts import sample

pytestmark = pytest.mark.long

WEEKS = 20
END = sample.SINCE + timedelta(weeks=WEEKS)
NOW = END + timedelta(hours=5)
KEPT = 60  # days
APPROXIMATE = {"p50", "p95"}


@pytest.fixture
def store(of_any_engine: Store) -> Store:
    return of_any_engine


@pytest.fixture
def unsummed(in_memory: Store) -> Store:
    """Of which all rows are there, and nothing else."""
    return in_memory


def builds(seed: int, every: timedelta = timedelta(hours=30)) -> list[Build]:
    chance = random.Random(seed)
    count = timedelta(weeks=WEEKS) // every
    return [
        sample._build(chance, sample.REPO, number, 1, sample.SINCE + number * every)
        for number in range(1, count)
    ]


def save(build: Build, *stores: Store) -> None:
    save_all([build], *stores)


def save_all(builds: Iterable[Build], *stores: Store) -> None:
    """In this order, many in a commit."""
    for future in [store.save(build) for build in builds for store in stores]:
        future.result()


def queries(chance: random.Random, *, whole_days: bool = False) -> Iterator[Query]:
    """Long and short ones, most without a filter."""
    filters: list[dict[str, str | datetime | None]] = [
        *[{}] * 4, {"branch": "main"}, {"trigger": "push"}, {"result": "failed"}, {"result": "canceled"},
        {"build_matrix": "python 3.1 linux", "trigger": "push"},
    ]  # fmt: skip
    for filter_ in filters:
        step = timedelta(days=1) if whole_days else timedelta(minutes=7)
        first, last = sorted(chance.choices(range(timedelta(weeks=WEEKS) // step), k=2))
        span = {"since": sample.SINCE + first * step, "until": sample.SINCE + (last + 1) * step}
        yield sample.query(chance.choice(("day", "week", "week")), **filter_, **span)


def assert_alike(summed: Store, unsummed: Store, query: Query) -> None:
    for name in ("steps", "slowest_steps"):
        found, expected = (charts.draw(name, each, query) for each in (summed, unsummed))
        assert [column.name for column in found.columns] == [column.name for column in expected.columns]
        for ours, theirs in zip(found.columns, expected.columns, strict=True):
            error = 0.01 if ours.name in APPROXIMATE else 1e-9
            assert [*ours.values] == [about(value, error) for value in theirs.values], (name, query)
    for row, expected_row in zip(
        rows(reads.steps(summed, query, 50)), rows(reads.steps(unsummed, query, 50)), strict=True
    ):
        assert row == {name: about(value, 0.01) for name, value in expected_row.items()}


def about(value: Any, error: float) -> Any:
    return pytest.approx(value, rel=error, abs=1e-9) if isinstance(value, float) else value


def assert_all_alike(
    summed: Store, unsummed: Store, chance: random.Random, *, whole_days: bool = False
) -> None:
    for query in [
        *queries(chance, whole_days=whole_days),
        sample.query("week", until=END),
        sample.query("week", since=sample.SINCE - timedelta(days=300), until=END + timedelta(days=9)),
    ]:
        assert_alike(summed, unsummed, query)


def test_statistics_count_the_steps_that_were_dropped(store: Store) -> None:
    save_all(builds(4), store)
    before = reads.statistics(store, sample.SINCE, END, "week")
    summarise(store, NOW, KEPT)
    after = reads.statistics(store, sample.SINCE, END, "week")
    nested = before.steps - after.steps
    [[dropped], [left]] = (
        store.select(f"SELECT count(*) AS count FROM {table}")["count"]
        for table in ("step_day", "step WHERE depth > 0")
    )
    assert dropped
    assert 0 < nested < before.steps / 4
    assert left
    assert after.jobs == before.jobs


def test_a_build_tells_which_of_its_jobs_lost_their_steps(store: Store) -> None:
    history = [build for build in builds(2) if any(job.result and job.steps for job in build.jobs)]
    save_all((history[0], history[-1]), store)
    summarise(store, NOW, KEPT)
    for build, dropped in ((history[0], True), (history[-1], False)):
        [row] = rows(reads.build(store, build.provider, build.repo, build.number))
        with_steps = {job.id for job in build.jobs if job.result and job.steps}
        assert reads.dropped_jobs(store, row) == (with_steps if dropped else set())


@pytest.mark.parametrize("seed", [0])
def test_charts_are_the_same_whatever_has_been_summed_up_and_changed_since(
    store: Store, unsummed: Store, seed: int
) -> None:
    chance = random.Random(seed)
    history = builds(seed)
    save_all(history, store, unsummed)
    assert summarise(store, END - timedelta(days=20)) > 50
    assert_all_alike(store, unsummed, chance)
    for number, changed in enumerate(chance.sample(builds(seed + 100), 6)):
        save(changed, store, unsummed)  # in the place of one with the same number
        if number == 4:
            summarise(store, END)
    assert_all_alike(store, unsummed, chance)
    summarise(store, END + timedelta(days=1))
    assert_all_alike(store, unsummed, chance)
    assert summarise(store, END + timedelta(days=1)) == 0


def test_a_long_range_is_read_from_its_weeks(store: Store) -> None:
    save_all(builds(1), store)
    query = sample.query("week", since=sample.SINCE + timedelta(days=2, hours=3), until=END)
    assert parts(store, query, by_bucket=True).only_rows
    summarise(store, END + timedelta(days=1))
    found = parts(store, query, by_bucket=True)
    assert [last - first for first, last in found.weeks] == [WEEKS - 1]
    assert found.rows == ((query.since, sample.SINCE + timedelta(weeks=1)),)


def test_a_changed_week_is_read_from_its_rows_until_it_is_summed_up(store: Store) -> None:
    history = builds(1)
    save_all(history, store)
    summarise(store, END + timedelta(days=1))
    query = sample.query("week", until=END)
    save(history[len(history) // 2], store)
    found = parts(store, query, by_bucket=True)
    assert len(found.weeks) == 2
    assert len(found.rows) == 1
    assert found.rows[0][1] - found.rows[0][0] <= timedelta(weeks=2)


def test_charts_go_on_when_old_steps_are_dropped(store: Store, unsummed: Store) -> None:
    chance = random.Random(1)
    history = builds(1)
    save_all(history, store, unsummed)
    before = store.select("SELECT count(*) AS steps FROM step")["steps"][0]
    summarise(store, NOW, KEPT)
    left = store.select("SELECT count(*) AS steps FROM step")["steps"][0]
    assert 0 < int(str(left)) < 0.6 * int(str(before))
    assert dropped_before(store, reads.repo_id(store, sample.REPO)) > 0
    assert_all_alike(store, unsummed, chance, whole_days=True)


@pytest.mark.parametrize(
    ("chart", "question"),
    [("steps", "FROM step JOIN"), ("slowest_steps", "FROM step JOIN"), ("slowest_steps", "AS bin")],
)
def test_a_chart_is_whole_when_steps_are_dropped_before_one_of_its_questions(
    store: Store, unsummed: Store, monkeypatch: pytest.MonkeyPatch, chart: str, question: str
) -> None:
    save_all(builds(8), store, unsummed)
    summarise(store, NOW)
    select, dropped = store.select, list[int]()

    def dropping_before(sql: str, params: Mapping[str, Value] | None = None) -> Table:
        if question in sql and not dropped:
            dropped.append(0)
            dropped.append(summarise(store, NOW, KEPT))
        return select(sql, params)

    monkeypatch.setattr(store, "select", dropping_before)
    query = sample.query("week", since=sample.SINCE + timedelta(days=2), until=END)
    found, expected = charts.draw(chart, store, query), charts.draw(chart, unsummed, query)
    assert sum(dropped) > KEPT
    for ours, theirs in zip(found.columns, expected.columns, strict=True):
        error = 0.01 if ours.name in APPROXIMATE else 1e-9
        assert [*ours.values] == [about(value, error) for value in theirs.values]


def test_an_old_build_that_is_saved_anew_or_late_changes_nothing_of_the_others(
    store: Store, unsummed: Store
) -> None:
    history = builds(7)
    late = history[1::10]
    save_all([build for build in history if build not in late], store, unsummed)
    summarise(store, NOW, KEPT)
    save_all(history[::7], store, unsummed)
    save_all(late, store, unsummed)
    summarise(store, NOW, KEPT)
    summarise(store, NOW + timedelta(days=9), KEPT)
    assert_all_alike(store, unsummed, random.Random(7), whole_days=True)


def test_two_ranges_are_compared_after_their_steps_were_dropped(store: Store, unsummed: Store) -> None:
    save_all(builds(3), store, unsummed)
    summarise(store, NOW, KEPT)
    a = Side(sample.query(until=sample.SINCE + timedelta(weeks=6)))
    b = Side(sample.query(since=sample.SINCE + timedelta(weeks=6), until=END))
    found, expected = compare(store, a, b), compare(unsummed, a, b)
    assert (found.a.with_steps, found.b.with_steps) == (expected.a.with_steps, expected.b.with_steps)
    assert [part.name for part in found.steps] == [part.name for part in expected.steps]
    for ours, theirs in zip(found.steps, expected.steps, strict=True):
        assert ours.contribution == pytest.approx(theirs.contribution, abs=1e-6)
        assert ours.margin == pytest.approx(theirs.margin, abs=1e-6)


@pytest.mark.races
def test_builds_may_be_saved_while_others_sum_up(store: Store, unsummed: Store) -> None:
    history = builds(5, every=timedelta(hours=12))
    others = [open_store(store.url) for _ in range(2)] if store.shared else [store]
    ended = threading.Event()

    def sum_up(each: Store) -> None:
        while not ended.wait(0.02):  # else what saves would hardly get its turn
            summarise(each, NOW, KEPT)

    threads = [threading.Thread(target=sum_up, args=[each]) for each in others]
    for thread in threads:
        thread.start()
    try:
        for build in history:
            save(build, store, unsummed)
    finally:
        ended.set()
        for thread in threads:
            thread.join()
        for each in others:
            if each is not store:
                each.close()
    summarise(store, NOW, KEPT)
    assert_all_alike(store, unsummed, random.Random(5), whole_days=True)
