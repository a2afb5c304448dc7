"""Which days a save notes as changed."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from buildtimetrend.errors import StoreError
from buildtimetrend.model import Build
from buildtimetrend.store import open_store
from buildtimetrend.store.base import Store
from buildtimetrend.store.duckdb.session import Session
from buildtimetrend.store.rows import encode
from buildtimetrend.store.statements.summaries import summarise
from buildtimetrend.store.writing.changed_days import day_of
from buildtimetrend.store.writing.write_set import WriteSet
from tests.store.examples import build

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)


def ended(instant: datetime) -> Build:
    """A build of one attempt that ended then, as did all its jobs."""
    example = replace(build(), attempt=1, finished_at=instant)
    return replace(example, jobs=tuple(replace(job, finished_at=instant) for job in example.jobs))


def changed(store: Store) -> set[object]:
    return set(store.select("SELECT day FROM changed_day")["day"])


def test_a_build_notes_the_days_on_which_its_jobs_ended(store: Store) -> None:
    store.save(ended(MIDNIGHT - timedelta(microseconds=1))).result()
    assert changed(store) == {day_of(MIDNIGHT) - 1}


def test_a_build_notes_the_day_on_which_it_ended_itself(store: Store) -> None:
    store.save(replace(ended(MIDNIGHT), finished_at=MIDNIGHT + timedelta(days=4))).result()
    assert changed(store) == {day_of(MIDNIGHT), day_of(MIDNIGHT) + 4}
    store.save(replace(ended(MIDNIGHT), finished_at=MIDNIGHT + timedelta(days=6))).result()
    assert changed(store) == {day_of(MIDNIGHT), day_of(MIDNIGHT) + 4, day_of(MIDNIGHT) + 6}


def test_a_build_that_takes_another_s_place_notes_the_days_of_both(store: Store) -> None:
    store.save(ended(MIDNIGHT - timedelta(days=3))).result()
    store.save(ended(MIDNIGHT)).result()
    assert changed(store) == {day_of(MIDNIGHT), day_of(MIDNIGHT) - 3}


def test_today_is_noted_whichever_build_comes_first(store: Store) -> None:
    now = datetime.now(UTC)
    for number in "12":
        store.save(replace(ended(now), id=number, number=number)).result()
    assert changed(store) == {day_of(now)}


def test_a_day_is_marked_once_and_again_after_it_was_summed_up() -> None:
    with closing(open_store("duckdb://:memory:")) as store:
        for number in "12":
            store.save(replace(ended(MIDNIGHT - timedelta(minutes=5)), id=number, number=number)).result()
        assert len(store.select("SELECT day FROM changed_day")["day"]) == 1
        summarise(store, MIDNIGHT + timedelta(minutes=11))
        assert changed(store) == set()
        store.save(replace(ended(MIDNIGHT - timedelta(minutes=1)), id="3", number="3")).result()
        assert changed(store) == {day_of(MIDNIGHT) - 1}
        jobs = len(ended(MIDNIGHT).jobs)
        summarise(store, MIDNIGHT + timedelta(minutes=31))
        assert set(store.select("SELECT runs FROM step_week")["runs"]) == {3 * jobs}


def test_a_mark_that_was_rolled_back_is_made_again() -> None:
    with closing(Session(None, None)) as session:
        with pytest.raises(StoreError, match="nowhere"):
            session.commit([saving("1"), WriteSet(statements=[("DELETE FROM nowhere", {})])])
        session.commit([saving("2")])
        assert session.select("SELECT day FROM changed_day", None, None)["day"] == [day_of(MIDNIGHT)]


def saving(number: str) -> WriteSet:
    return WriteSet(build=encode(replace(ended(MIDNIGHT), id=number, number=number)))
