"""Jobs that are kept in memory for what is usual are those of the store, whatever is saved meanwhile."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from buildtimetrend.model import Value
from buildtimetrend.store import open_store, reads
from buildtimetrend.store.base import Store, Table, rows
from buildtimetrend.store.duckdb.engine import DuckdbStore
from buildtimetrend.store.kept_jobs import Attempt, KeptJobs, Row
from buildtimetrend.store.limits import Limits
from buildtimetrend.store.statements.summaries import summarise
from tests.store.examples import at
from tests.store.test_reads_usual import HOUR, a_build, save, usual_of


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(f"duckdb:///{tmp_path}/own.duckdb")) as store:
        yield store


def attempt(build_id: str, number: int = 1) -> Attempt:
    return Attempt(1, 2, build_id, number)


def jobs(*names: str, steps: int = 0) -> list[Row]:
    return [{"name": name, "steps": [{}] * steps} for name in names]


class Reader:
    """Counts what it is asked for."""

    def __init__(self, steps: int = 0) -> None:
        self.asked: list[str] = []
        self._steps = steps

    def __call__(self, attempts: Sequence[Attempt]) -> Mapping[Attempt, Sequence[Row]]:
        self.asked += [one.build_id for one in attempts]
        return {one: jobs(one.build_id, steps=self._steps) for one in attempts}


def test_what_was_read_is_not_read_again() -> None:
    kept, read = KeptJobs(), Reader()
    kept.of([attempt("1"), attempt("2")], read)
    found = kept.of([attempt("2"), attempt("3"), attempt("2", 2)], read)
    assert found == {attempt("2"): jobs("2"), attempt("3"): jobs("3"), attempt("2", 2): jobs("2")}
    assert read.asked == ["1", "2", "3", "2"]


@pytest.mark.parametrize(("saved", "again"), [("1", ["1"]), (None, ["1", "2"]), ("3", [])])
def test_a_build_that_was_saved_is_read_again(saved: str | None, again: list[str]) -> None:
    kept, read = KeptJobs(), Reader()
    both = [attempt("1"), attempt("2")]
    kept.of(both, read)
    kept.forget(saved)
    read.asked.clear()
    kept.of(both, read)
    assert read.asked == again


@pytest.mark.parametrize(("saved", "again"), [("1", ["1"]), (None, ["1", "2"]), ("3", [])])
def test_what_is_saved_while_it_is_read_is_not_kept(saved: str | None, again: list[str]) -> None:
    kept, read = KeptJobs(), Reader()

    def read_late(attempts: Sequence[Attempt]) -> Mapping[Attempt, Sequence[Row]]:
        found = read(attempts)
        kept.forget(saved)
        return found

    both = [attempt("1"), attempt("2")]
    assert kept.of(both, read_late) == {one: jobs(one.build_id) for one in both}
    read.asked.clear()
    kept.of(both, read)
    assert read.asked == again


def test_those_that_were_asked_for_last_are_kept_within_bounds() -> None:
    kept, read = KeptJobs(most=9), Reader(steps=1)  # of each build three rows
    kept.of([attempt("1"), attempt("2"), attempt("3")], read)
    kept.of([attempt("1")], read)
    kept.of([attempt("4")], read)
    read.asked.clear()
    kept.of([attempt("1"), attempt("3"), attempt("4")], read)
    assert read.asked == []
    kept.of([attempt("2")], read)
    assert read.asked == ["2"]


def test_a_build_beyond_the_bounds_is_not_kept_and_drops_no_other() -> None:
    kept, read = KeptJobs(most=9), Reader()
    kept.of([attempt("1")], read)
    kept.of([attempt("2")], lambda attempts: {one: jobs("a", steps=20) for one in attempts})
    read.asked.clear()
    kept.of([attempt("1"), attempt("2")], read)
    assert read.asked == ["2"]


def test_what_fails_to_be_read_is_read_again() -> None:
    kept, read = KeptJobs(), Reader()

    def fail(attempts: Sequence[Attempt]) -> Mapping[Attempt, Sequence[Row]]:
        raise LookupError

    with pytest.raises(LookupError):
        kept.of([attempt("1")], fail)
    kept.of([attempt("1")], read)
    assert read.asked == ["1"]


def test_jobs_of_a_build_that_is_stored_anew_are_usual_anew(store: Store) -> None:
    save(store, a_build(1, 100), a_build(5))
    assert usual_of(store, "5").steps == {("python 3.11 linux", "unit", "install: make"): 10}
    # Its times stay, as where its log could be read only later.
    (job,) = a_build(1, 100).jobs
    save(store, replace(a_build(1, 100), jobs=(replace(job, steps=a_build(1, 400).jobs[0].steps),)))
    assert usual_of(store, "5").steps == {("python 3.11 linux", "unit", "install: make"): 40}


def test_a_new_build_needs_the_jobs_of_the_one_before_alone(
    own: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(own, *(a_build(n) for n in range(1, 5)))
    usual_of(own, "4")
    save(own, a_build(5))
    (fifth,) = rows(reads.build(own, "travis", "ann/tool", "5"))
    select, asked = own.select, []

    def heard(sql: str, params: Mapping[str, Value] | None = None, limits: Limits | None = None) -> Table:
        if "FROM job" in sql:
            asked.extend([value for name, value in (params or {}).items() if re.fullmatch(r"build\d+", name)])
        return select(sql, params, limits)

    monkeypatch.setattr(own, "select", heard)
    assert reads.usual(own, "ann/tool", fifth).builds == 4
    assert set(asked) == {"4"}


def test_steps_that_were_dropped_are_usual_no_more(own: Store) -> None:
    save(own, a_build(1), a_build(2))
    assert usual_of(own, "2").steps
    summarise(own, at(10 * 24 * HOUR), keep_days=1)
    assert not usual_of(own, "2").steps
    assert usual_of(own, "2").jobs


def test_what_was_added_by_another_way_is_seen(own: Store) -> None:
    assert isinstance(own, DuckdbStore)
    read = Reader()
    own.kept_jobs.of([attempt("1")], read)
    own.append(lambda: ()).result()
    own.kept_jobs.of([attempt("1")], read)
    assert read.asked == ["1", "1"]
