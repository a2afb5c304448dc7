"""Which days a save notes as changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from buildtimetrend.model import Build
from buildtimetrend.store.base import Store
from buildtimetrend.store.changed import day_of
from tests.store.examples import build

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)


def ended(instant: datetime) -> Build:
    """A build of one attempt, all of whose jobs ended then."""
    example = replace(build(), attempt=1)
    return replace(example, jobs=tuple(replace(job, finished_at=instant) for job in example.jobs))


def changed(store: Store) -> set[object]:
    return set(store.select("SELECT day FROM changed_day")["day"])


def test_a_build_notes_the_days_on_which_its_jobs_ended(store: Store) -> None:
    store.save(ended(MIDNIGHT - timedelta(microseconds=1))).result()
    assert changed(store) == {day_of(MIDNIGHT) - 1}


def test_a_build_that_takes_another_s_place_notes_the_days_of_both(store: Store) -> None:
    store.save(ended(MIDNIGHT - timedelta(days=3))).result()
    store.save(ended(MIDNIGHT)).result()
    assert changed(store) == {day_of(MIDNIGHT), day_of(MIDNIGHT) - 3}


def test_today_is_noted_whichever_build_comes_first(store: Store) -> None:
    now = datetime.now(UTC)
    for number in "12":
        store.save(replace(ended(now), id=number, number=number)).result()
    assert changed(store) == {day_of(now)}
