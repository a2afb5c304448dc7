"""What a sweep asks, on every engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from buildtimetrend.model import BuildRef, Origin, Task, TaskState
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store
from buildtimetrend.store.statements import presence
from tests.store.examples import build

PLACE = ("travis", "https://api.travis-ci.com", "ann/tool")
HOUR = 3600.0


def save(store: Store, *numbers: int) -> None:
    for number in numbers:
        store.save(build(str(number), number * HOUR)).result()


def test_stored_builds_are_found_among_the_latest_and_behind_them(store: Store) -> None:
    save(store, *range(1, 20))
    store.save(build("30", None, finished_at=None, started_at=None, queued_at=None, jobs=())).result()
    store.save(replace(build("40", 40 * HOUR), repo="ann/other")).result()
    store.save(replace(build("50", 50 * HOUR), instance="https://ci.example")).result()
    ids = {"1", "18", "19", "20", "30", "40", "50"}
    found = reads.stored(store, *PLACE, {(each, None) for each in ids})
    assert found == {each: {1} for each in ("1", "18", "19", "30")}


def test_an_attempt_that_ended_long_before_is_found_too(store: Store) -> None:
    store.save(build("1", 1 * HOUR, attempt=1)).result()
    save(store, *range(2, 9))
    store.save(build("1", 30 * HOUR, attempt=3)).result()
    assert reads.stored(store, *PLACE, {("1", 3)})["1"] >= {3}
    assert reads.stored(store, *PLACE, {("1", 1), ("1", 2)}) == {"1": {1, 3}}


def test_nothing_is_stored_of_no_builds_or_of_an_unknown_repo(store: Store) -> None:
    save(store, 1)
    assert reads.stored(store, *PLACE, set()) == {}
    assert reads.stored(store, *PLACE[:2], "ann/unknown", {("1", None)}) == {}


def test_the_first_number_is_the_smallest_integer(store: Store) -> None:
    assert reads.first_number(store, *PLACE) is None
    for place, number in enumerate(("2024.1", "9" * 19, "v1", "", "\u0661"), 1):
        store.save(replace(build(str(place), place * HOUR), number=number)).result()
    assert reads.first_number(store, *PLACE) is None
    save(store, 10, 9)
    assert reads.first_number(store, *PLACE) == 9


def test_an_instant_is_kept_by_its_name(store: Store) -> None:
    at = datetime(2026, 3, 20, 12, 30, 15, 250_000, tzinfo=UTC)
    assert reads.noted(store, "look at gitlab ann/tool") is None
    for later in (at - timedelta(days=1), at):
        store.execute(presence.note("look at gitlab ann/tool", later)).result()
    assert reads.noted(store, "look at gitlab ann/tool") == at


def test_when_a_build_was_fetched_at_the_earliest_its_last_task_tells(store: Store) -> None:
    now = datetime(2026, 3, 20, 12, tzinfo=UTC)
    ends = {"a": TaskState.DONE, "b": TaskState.FAILED, "c": TaskState.WAITING}
    for place, (build_id, state) in enumerate([*ends.items(), ("a", TaskState.DONE)]):
        due = now + timedelta(minutes=place)
        ref = BuildRef(*PLACE, build_id)
        ended = None if state is TaskState.WAITING else now + timedelta(hours=1)
        task = Task(f"t{place}", ref, Origin.HOOK, now, due, state, finished_at=ended)
        store.add_tasks([task]).result()
    found = reads.fetched_after(store, *PLACE[:2], ["a", "b", "c", "d"])
    assert found == {"a": now + timedelta(minutes=3)}
    assert reads.fetched_after(store, *PLACE[:2], []) == {}
    assert reads.fetched_after(store, "travis", "https://ci.example", ["a"]) == {}
