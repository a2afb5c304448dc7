"""Which task is next is decided in memory and as SQL: both follow one order, and keep the same room free."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from buildtimetrend.model import BULK, LIST, BuildRef, Origin, Task
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store
from buildtimetrend.tasks.queue import AHEAD, FairQueue

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = START + timedelta(days=1)
ALL = 10_000
INSTANCES = ("https://one.example", "https://two.example")


def task(number: int, origin: Origin, repo: str, instance: str = "https://ci.example") -> Task:
    """Each is due a second after the one of the number before."""
    ref = BuildRef("small", instance, repo, id=str(number))
    return Task(f"t{number}", ref, origin, START, START + timedelta(seconds=number))


def in_memory(tasks: list[Task], *, bulk: int = ALL) -> list[str]:
    queue = FairQueue(bulk=bulk, clock=lambda: NOW, steady=NOW.timestamp)
    for each in tasks:
        queue.push(each)
    found = []
    while (popped := queue.pop(timeout=0)) is not None:
        found.append(popped.id)
    return found


@pytest.mark.parametrize("seed", range(4))
def test_the_queue_in_memory_and_the_shared_one_give_tasks_in_the_same_order(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    tasks = [
        task(
            number,
            chance.choice(list(Origin)),
            chance.choice(["a/a", "b/b", "c/c"]),
            chance.choice(INSTANCES),
        )
        for number in range(60)
    ]
    chance.shuffle(tasks)
    store.add_tasks(tasks).result()
    assert store.unsent(NOW, NOW, ALL).result() == in_memory(tasks)


@pytest.mark.parametrize("limit", [1, 3, 7])
def test_what_there_is_room_for_is_what_comes_first(store: Store, limit: int) -> None:
    chance = random.Random(limit)
    repos = ["a/a"] * 6 + ["b/b", "c/c", "d/d", "e/e"]
    tasks = [
        task(number, chance.choice(list(Origin)), chance.choice(repos), chance.choice(INSTANCES))
        for number in range(60)
    ]
    store.add_tasks(chance.sample(tasks, len(tasks))).result()
    bulk = {each.id for each in tasks if each.origin.is_bulk}
    order = in_memory(tasks)
    found = store.unsent(NOW, NOW, limit).result()
    assert (
        found
        == [each for each in order if each not in bulk] + [each for each in order if each in bulk][:limit]
    )


def test_a_list_of_builds_is_the_first_of_its_repo_and_takes_turns_with_others(store: Store) -> None:
    tasks = [task(n, Origin.IMPORT, repo) for n, repo in enumerate(("a/a", "a/a", "b/b", "a/a"))]
    listed = task(4, Origin.IMPORT, "a/a")
    tasks.append(replace(listed, ref=replace(listed.ref, number=LIST)))
    store.add_tasks(tasks).result()
    assert store.unsent(NOW, NOW, ALL).result() == in_memory(tasks) == ["t4", "t2", "t0", "t1", "t3"]


def test_a_repo_of_another_server_takes_a_turn_of_its_own(store: Store) -> None:
    tasks = [task(n, Origin.HOOK, "a/a", "https://one.example") for n in range(3)]
    tasks += [task(3, Origin.HOOK, "a/a", "https://two.example")]
    store.add_tasks(tasks).result()
    assert store.unsent(NOW, NOW, ALL).result() == in_memory(tasks) == ["t0", "t3", "t1", "t2"]


def test_what_is_bulk_leaves_room_on_both_sides(store: Store) -> None:
    tasks = [task(number, origin, "a/a") for number, origin in enumerate((*Origin, *Origin))]
    fresh = [
        each.id for each in sorted(tasks, key=lambda each: each.origin.urgency) if not each.origin.is_bulk
    ]
    store.add_tasks(tasks).result()
    assert store.unsent(NOW, NOW, 0).result() == in_memory(tasks, bulk=0) == fresh


@pytest.mark.parametrize("origin", Origin)
def test_each_reason_has_its_place_in_the_shared_schedule(store: Store, origin: Origin) -> None:
    others = [each for each in Origin if each is not origin]
    store.add_tasks([task(n, each, "a/a") for n, each in enumerate((*others, origin))]).result()
    order = store.unsent(NOW, NOW, ALL).result()
    assert order.index(f"t{len(others)}") == origin.urgency == list(Origin).index(origin)


def test_what_is_bulk_is_counted_as_such_in_the_store(store: Store) -> None:
    store.add_tasks([task(n, each, "a/a") for n, each in enumerate(Origin)]).result()
    for n in range(len(Origin)):
        assert store.claim(f"t{n}", "me", NOW, NOW + timedelta(minutes=1)).result()
    assert reads.bulk_under_way(store, NOW, NOW) == len(BULK)


def test_the_queue_takes_more_bulk_than_may_run_but_no_more_than_it_needs_ahead() -> None:
    queue = FairQueue(bulk=3, clock=lambda: NOW, steady=NOW.timestamp)
    assert queue.room() == 3 * AHEAD
    for n in range(4):
        queue.push(task(n, Origin.IMPORT, "a/a"))
    queue.push(task(9, Origin.HOOK, "a/a"))
    running = queue.pop(timeout=0)
    assert running is not None
    assert (running.origin, queue.room()) == (Origin.HOOK, 2)
    assert queue.pop(timeout=0) is not None
    assert queue.room() == 2  # one that runs is still at hand
