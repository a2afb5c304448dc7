"""Contract: which builds are still to be sent on. Of those that were pushed, their owner alone knows."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from buildtimetrend.store import reads
from buildtimetrend.store.base import Store
from buildtimetrend.store.statements import keen_outbox
from tests.store.engines import EXECUTING
from tests.store.examples import CI, build, column, job, step, task

pytestmark = pytest.mark.parametrize("url", EXECUTING, indirect=True)

LONG = timedelta(minutes=10)


def now() -> datetime:
    return datetime.now(UTC)


def take(store: Store, limit: int = 100) -> list[keen_outbox.UnsentBuild]:
    return keen_outbox.take(store, now(), now() + LONG, limit)


def test_a_build_is_noted_with_its_save_when_it_is_to_be_sent(store: Store) -> None:
    store.save(build("1"), task(), send=True).result()
    store.save(build("2")).result()
    [entry] = take(store)
    assert (entry.provider, entry.instance, entry.build_id, entry.repo) == ("travis", CI, "1", "ann/tool")
    assert keen_outbox.waiting(store) == 1


def test_the_oldest_comes_first(store: Store) -> None:
    for number in (3, 1, 2):
        store.save(build(str(number)), send=True).result()
    assert [entry.build_id for entry in take(store, limit=2)] == ["3", "1"]
    assert [entry.build_id for entry in take(store)] == ["2"]


def test_a_build_that_is_taken_is_nobody_elses_until_its_time_is_over(store: Store) -> None:
    store.save(build(), send=True).result()
    assert len(keen_outbox.take(store, now(), now() + LONG, 10)) == 1
    assert keen_outbox.take(store, now(), now() + LONG, 10) == []
    assert len(keen_outbox.take(store, now() + 2 * LONG, now() + 3 * LONG, 10)) == 1


def test_a_build_that_is_given_back_is_due_at_once(store: Store) -> None:
    store.save(build(), send=True).result()
    taken = take(store)
    store.execute(keen_outbox.give_back(taken)).result()
    assert take(store) == taken


def test_of_many_that_ask_at_once_one_alone_gets_each_build(store: Store) -> None:
    for number in range(20):
        store.save(build(str(number)), send=True)
    store.save(build("20"), send=True).result()
    with ThreadPoolExecutor(8) as pool:
        taken = [entry.build_id for found in pool.map(lambda _: take(store), range(8)) for entry in found]
    assert sorted(taken, key=int) == [str(number) for number in range(21)]


def test_a_build_that_is_done_is_out(store: Store) -> None:
    store.save(build(), send=True).result()
    store.execute(keen_outbox.done(take(store))).result()
    assert keen_outbox.waiting(store) == 0


def test_a_build_that_was_saved_since_it_was_taken_stays_and_is_due(store: Store) -> None:
    store.save(build(), send=True).result()
    taken = take(store)
    store.save(build(message="anew"), send=True).result()
    assert take(store) == []
    store.execute(keen_outbox.done(taken)).result()
    [again] = take(store)
    assert again.saved_at > taken[0].saved_at


def test_what_is_sent_is_remembered_once(store: Store) -> None:
    for _ in range(2):
        store.execute([keen_outbox.mark_sent("a", now()), keen_outbox.mark_sent("b", now())]).result()
    assert keen_outbox.sent(store, ["a", "b", "c"]) == {"a", "b"}
    assert keen_outbox.sent(store, []) == set()
    assert column(store, "SELECT count(*) FROM keen_sent") == [2]


def test_the_oldest_builds_are_dropped_from_a_backlog_that_is_too_long(store: Store) -> None:
    for number in range(5):
        store.save(build(str(number)), send=True).result()
    assert store.execute([keen_outbox.drop_oldest(3)]).result() == [2]
    assert [entry.build_id for entry in take(store)] == ["2", "3", "4"]
    assert store.execute([keen_outbox.drop_oldest(3)]).result() == [0]


def test_the_outbox_is_there_after_a_restart(store: Store, reopened: Callable[[], Store]) -> None:
    store.save(build(), send=True).result()
    assert len(take(reopened())) == 1


def test_a_stored_build_is_read_back_as_it_was_saved(store: Store) -> None:
    steps = (step("a", 0, 30), step("b", 5, 0.25, depth=1, command=None), step("c", 30, 1.5))
    saved = build(attempt=1, jobs=(job("11", steps=steps), job("12", start=None)))
    store.save(saved).result()
    assert reads.whole_builds(store, "ann/tool", "travis", CI, "1") == [saved]


def test_each_attempt_is_read_back(store: Store) -> None:
    store.save(build()).result()
    store.save(build(start=1000)).result()
    assert [each.attempt for each in reads.whole_builds(store, "ann/tool", "travis", CI, "1")] == [1, 2]
    assert reads.whole_builds(store, "ann/other", "travis", CI, "1") == []
