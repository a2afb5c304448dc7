"""Contract: deliveries, tasks and imports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from buildtimetrend.errors import StoreError
from buildtimetrend.model import BuildRef, Origin, Task, TaskState
from buildtimetrend.store import open_store, reads
from buildtimetrend.store.base import Store
from buildtimetrend.store.statements import claims
from tests.store.engines import EXECUTING
from tests.store.examples import at, batch, build, column, counts, delivery, task


def test_a_delivery_is_stored_with_the_task_that_it_causes(store: Store) -> None:
    assert store.accept(delivery(), task()).result() is True
    assert store.open_tasks() == [task()]
    assert store.select("SELECT * FROM delivery") == {
        "id": ["d1"],
        "provider": ["travis"],
        "instance": [None],
        "repo": ["ann/tool"],
        "received_at": [at(0)],
        "state": ["passed"],
        "payload": ['{"id": 1}'],
    }


def test_a_delivery_may_cause_no_task(store: Store) -> None:
    assert store.accept(delivery(), None).result() is True
    assert store.open_tasks() == []


def test_a_replayed_delivery_stores_nothing(store: Store) -> None:
    store.accept(delivery(), task("t1")).result()
    assert store.accept(delivery(), task("t2")).result() is False
    assert store.accept(delivery("d1", "another payload"), None).result() is False
    assert [each.id for each in store.open_tasks()] == ["t1"]
    assert column(store, "SELECT payload FROM delivery") == ['{"id": 1}']


def test_deliveries_that_arrive_at_once_are_told_apart(store: Store) -> None:
    futures = [store.accept(delivery(f"d{n % 30}"), task(f"t{n}")) for n in range(90)]
    assert [future.result() for future in futures] == [True] * 30 + [False] * 60
    assert len(store.open_tasks()) == 30


def test_a_replay_is_known_after_a_restart(store: Store, reopened: Callable[[], Store]) -> None:
    store.accept(delivery(), task()).result()
    again = reopened()
    assert again.accept(delivery(), task("t2")).result() is False
    assert again.open_tasks() == [task()]


@pytest.mark.parametrize("payload", ["", "x" * 2_000_000, "a\0b\ud800", "'; DROP TABLE delivery --"])
def test_any_payload_is_kept(store: Store, payload: str) -> None:
    assert store.accept(delivery("d1", payload), None).result() is True
    assert abs(column(store, "SELECT length(payload) FROM delivery")[0] - len(payload)) <= 2


def test_a_task_is_stored_with_all_that_is_known_of_it(store: Store) -> None:
    known = task(
        ref=BuildRef("travis", "https://travis.example", "ann/tool", id="900", number="9", attempt=2),
        origin=Origin.IMPORT,
        state=TaskState.RUNNING,
        tries=3,
        reason="Travis CI answered 503.",
        import_id="i1",
    )
    store.add_tasks([known], batch()).result()
    assert store.open_tasks() == [known]
    found = {name: values[0] for name, values in store.select("SELECT * FROM import").items()}
    assert found == {
        "id": "i1",
        "provider": "travis",
        "repo": "ann/tool",
        "first_number": 1,
        "last_number": 100,
        "created_at": at(0),
        "instance": None,
        "selection": None,
    }


def test_a_task_changes_its_state(store: Store) -> None:
    store.add_tasks([task()]).result()
    waiting = replace(task(), tries=1, reason="Try again", due_at=at(99))
    store.update_task(waiting).result()
    assert store.open_tasks() == [waiting]
    store.update_task(replace(waiting, state=TaskState.RUNNING)).result()
    store.update_task(replace(waiting, state=TaskState.FAILED, finished_at=at(100))).result()
    assert store.open_tasks() == []
    assert column(store, "SELECT finished_at FROM task") == [at(100)]


def test_open_tasks_come_oldest_first(store: Store) -> None:
    tasks = [task(f"t{n}", created_at=at(-n)) for n in range(10)]
    closed = [
        task(state, state=TaskState(state), finished_at=at(1)) for state in ("done", "failed", "canceled")
    ]
    store.add_tasks([*tasks, *closed]).result()
    assert store.open_tasks() == tasks[::-1]


def test_many_updates_of_few_tasks_all_take_effect(store: Store) -> None:
    store.add_tasks([task(f"t{n}") for n in range(5)]).result()
    futures = [store.update_task(task(f"t{n % 5}", tries=n // 5)) for n in range(200)]
    for future in futures:
        future.result()
    assert [each.tries for each in store.open_tasks()] == [39] * 5


def test_a_task_that_cannot_be_stored_fails_alone(store: Store) -> None:
    good = [store.add_tasks([task(f"t{n}")]) for n in range(3)]
    bad = store.add_tasks([task("t9"), task("t10", tries=2**40)], batch())
    also_good = [store.accept(delivery(f"d{n}"), None) for n in range(3)]
    with pytest.raises(StoreError):
        bad.result()
    assert [future.result() for future in good] == [None] * 3
    assert [future.result() for future in also_good] == [True] * 3
    assert sorted(each.id for each in store.open_tasks()) == ["t0", "t1", "t2"]
    assert column(store, "SELECT count(*) FROM import") == [0]


def test_no_tasks_are_no_trouble(store: Store) -> None:
    assert store.add_tasks([]).result() is None


def test_prune_drops_what_is_old_and_done_and_nothing_else(store: Store) -> None:
    store.save(build()).result()
    store.accept(delivery("old"), None).result()
    store.accept(replace(delivery("new"), received_at=at(500)), None).result()
    done = {"state": TaskState.DONE, "finished_at": at(50)}
    store.add_tasks([task("a", import_id="i1", **done), task("open", import_id="i2")], batch("i1")).result()
    store.add_tasks([task("b", import_id="i2", **done)], batch("i2")).result()
    store.add_tasks([task("late", state=TaskState.FAILED, finished_at=at(300))]).result()
    assert store.prune(at(200)).result() == 4
    assert column(store, "SELECT id FROM delivery") == ["new"]
    assert column(store, "SELECT id FROM task ORDER BY id") == ["late", "open"]
    assert column(store, "SELECT id FROM import") == ["i2"]
    assert counts(store) == (1, 2, 6)
    assert store.accept(delivery("old"), None).result() is True


def test_a_due_task_is_claimed_once_until_its_time_has_run_out(store: Store) -> None:
    store.add_tasks([task()]).result()
    assert not store.claim("t1", "w", at(9), at(300)).result()
    assert store.claim("t1", "w", at(10), at(300)).result()
    assert not store.claim("t1", "w", at(11), at(301)).result()
    assert not store.claim("unknown", "w", at(11), at(301)).result()
    claimed = reads.task(store, "t1")
    assert claimed == task(state=TaskState.RUNNING, tries=1)
    assert store.claim("t1", "w", at(300), at(600)).result()
    store.update_task(task(state=TaskState.DONE, finished_at=at(301))).result()
    assert not store.claim("t1", "w", at(900), at(1200)).result()


def test_who_was_silent_too_long_changes_nothing_of_a_task_that_another_has(store: Store) -> None:
    store.add_tasks([task()]).result()
    assert store.claim("t1", "first", at(10), at(40)).result()
    assert store.claim("t1", "second", at(40), at(70)).result()
    over = task(state=TaskState.FAILED, finished_at=at(50))
    assert store.execute([claims.renew("t1", "first", at(99)), claims.put_back(over, "first")]).result() == [
        0,
        0,
    ]
    assert reads.task(store, "t1") == task(state=TaskState.RUNNING, tries=2, silent_ends=1)
    assert store.execute([claims.put_back(over, "second")]).result() == [1]
    assert not store.claim("t1", "first", at(90), at(120)).result()


def test_a_task_that_was_canceled_while_it_ran_is_tried_again_once_that_has_ended(store: Store) -> None:
    store.add_tasks([task(import_id="i1")], batch("i1")).result()
    assert store.claim("t1", "first", at(10), at(40)).result()
    assert store.execute(claims.cancel("i1", at(20))).result() == [0, 1]
    assert store.execute([claims.renew("t1", "first", at(50))]).result() == [1]
    assert store.execute([claims.retry("t1", at(30)), claims.retry("t1", at(31))]).result() == [1, 0]
    assert not store.claim("t1", "second", at(49), at(79)).result()
    assert store.claim("t1", "second", at(50), at(80)).result()


def test_a_task_knows_how_many_in_a_row_did_not_survive_it(store: Store) -> None:
    store.add_tasks([task()]).result()
    for number in range(3):
        assert store.claim("t1", "w", at(10 + 30 * number), at(40 + 30 * number)).result()
    assert reads.task(store, "t1") == task(state=TaskState.RUNNING, tries=3, silent_ends=2)
    store.execute([claims.put_back(task(due_at=at(80)), "w")]).result()
    assert store.claim("t1", "w", at(80), at(110)).result()
    assert reads.task(store, "t1") == task(state=TaskState.RUNNING, tries=4, due_at=at(80))


def test_due_tasks_are_sent_once_the_most_urgent_first_and_again_when_they_may_be_lost(store: Store) -> None:
    tasks = [
        task("import", origin=Origin.IMPORT),
        task("hook"),
        task("later", due_at=at(60)),
        task("done", state=TaskState.DONE, finished_at=at(10)),
    ]
    store.add_tasks(tasks).result()
    assert store.unsent(at(10), at(0), 0).result() == ["hook"]
    assert store.unsent(at(10), at(0), 10).result() == ["import"]
    assert store.unsent(at(11), at(0), 10).result() == []
    assert store.unsent(at(60), at(0), 10).result() == ["later"]
    assert store.claim("hook", "w", at(61), at(600)).result()
    # All of their messages are old by now; one task is somebody's.
    assert store.unsent(at(120), at(120), 10).result() == ["later", "import"]
    # Who had that one has not ended it in time.
    assert store.unsent(at(600), at(0), 10).result() == ["hook"]
    assert store.unsent(at(601), at(0), 10).result() == []


def test_of_imports_so_many_are_sent_as_are_asked_for_and_repos_take_turns(store: Store) -> None:
    def of(repo: str, number: int) -> Task:
        asked = task(f"{repo}{number}", origin=Origin.IMPORT, due_at=at(number))
        return replace(asked, ref=replace(asked.ref, repo=repo))

    store.add_tasks([*(of("a", n) for n in range(5)), of("b", 8), of("c", 9), task("hook")]).result()
    assert store.unsent(at(10), at(0), 4).result() == ["hook", "a0", "b8", "c9", "a1"]
    assert store.unsent(at(10), at(0), 2).result() == ["a2", "a3"]


def test_of_many_who_ask_at_once_each_gets_other_tasks(url: str, store: Store) -> None:
    store.add_tasks([task(f"t{number}") for number in range(40)]).result()
    others = [open_store(url) for _ in range(2)] if store.shared else []
    asked = [each.unsent(at(10), at(0), 10) for each in (store, *others) * 3]
    claimed = [each.claim("t7", "w", at(10), at(300)) for each in (store, *others) * 3]
    ids = [task_id for future in asked for task_id in future.result()]
    assert sorted(ids) == sorted({f"t{number}" for number in range(40)})
    assert [future.result() for future in claimed].count(True) == 1
    for other in others:
        other.close()


def test_a_task_that_waits_for_another_try_is_sent_anew_when_that_is_due(store: Store) -> None:
    store.add_tasks([task()]).result()
    assert store.unsent(at(10), at(0), 10).result() == ["t1"]
    store.update_task(task(tries=1, due_at=at(60))).result()
    assert store.unsent(at(20), at(0), 10).result() == []
    assert store.unsent(at(60), at(0), 10).result() == ["t1"]


@pytest.mark.parametrize("url", EXECUTING, indirect=True)
def test_statements_are_run_together_or_not_at_all(store: Store) -> None:
    insert = "INSERT INTO repo (id, slug) VALUES ($id, $slug)"
    added = store.execute([(insert, {"id": 101, "slug": "a/a"}), (insert, {"id": 102, "slug": "b/b"})])
    assert added.result() == [1, 1]
    assert store.execute([("UPDATE repo SET slug = slug || 'x'", {})]).result() == [2]
    failing = store.execute([("DELETE FROM repo", {}), (insert, {"id": 103, "slug": None})])
    with pytest.raises(StoreError):
        failing.result()
    assert column(store, "SELECT slug FROM repo ORDER BY id") == ["a/ax", "b/bx"]
