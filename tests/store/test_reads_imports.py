from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from buildtimetrend.model import BuildRef, Import, Origin, Task, TaskState
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store, rows

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


def task(number: int, state: TaskState, batch: str | None = "batch") -> Task:
    finished = state not in (TaskState.WAITING, TaskState.RUNNING)
    ref = BuildRef("travis", "https://api.travis-ci.com", "acme/app", number=str(number))
    return Task(
        id=f"{batch}-{number}",
        ref=ref,
        origin=Origin.IMPORT if batch else Origin.HOOK,
        created_at=NOW - timedelta(minutes=number),
        due_at=NOW + timedelta(seconds=3 * number),
        state=state,
        import_id=batch,
        finished_at=NOW + timedelta(minutes=number) if finished else None,
    )


@pytest.fixture
def importing(store: Store) -> Store:
    states = [
        TaskState.WAITING,
        TaskState.RUNNING,
        TaskState.DONE,
        TaskState.DONE,
        TaskState.FAILED,
        TaskState.CANCELED,
    ]
    tasks = [task(number, state) for number, state in enumerate(states, 1)]
    store.add_tasks(tasks, Import("batch", "travis", "acme/app", 1, 6, NOW)).result()
    done = [task(number, TaskState.DONE, "earlier") for number in (1, 2)]
    store.add_tasks(done, Import("earlier", "travis", "acme/app", 1, 2, NOW - timedelta(days=1))).result()
    store.add_tasks([task(1, TaskState.FAILED, None)]).result()
    return store


def test_imports_count_their_tasks_by_state_newest_first(importing: Store) -> None:
    newest, earlier = rows(reads.imports(importing, 10))
    assert newest == {
        "id": "batch",
        "provider": "travis",
        "repo": "acme/app",
        "first": 1,
        "selection": None,
        "last": 6,
        "created_at": NOW,
        "instance": "https://api.travis-ci.com",
        "total": 6,
        "waiting": 1,
        "running": 1,
        "done": 2,
        "failed": 1,
        "canceled": 1,
        "absent": 0,
        "listing": False,
        "finished_at": None,
    }
    assert (earlier["total"], earlier["done"], earlier["finished_at"]) == (2, 2, NOW + timedelta(minutes=2))
    assert rows(reads.imports(importing, 1)) == [newest]
    assert rows(reads.one_import(importing, "batch")) == [newest]
    assert rows(reads.one_import(importing, "nothing")) == []


def test_an_imports_tasks_come_in_the_order_of_its_builds(importing: Store) -> None:
    assert reads.import_tasks(importing, "batch", 10, 0)["number"] == ["1", "2", "3", "4", "5", "6"]
    assert reads.import_tasks(importing, "batch", 2, 4)["number"] == ["5", "6"]
    assert reads.import_tasks(importing, "batch", 10, 0, "done")["number"] == ["3", "4"]


def test_tasks_are_listed_by_state_newest_first(importing: Store) -> None:
    failed = reads.tasks(importing, ["failed", "canceled"], 10)
    assert failed["id"] == ["None-1", "batch-5", "batch-6"]
    assert reads.tasks(importing, ["failed", "canceled"], 1)["id"] == ["None-1"]
    assert reads.tasks(importing, [], 10)["id"] == []


def test_the_pace_of_an_import_is_what_ended_since(importing: Store) -> None:
    (all_of_it,) = rows(reads.pace(importing, NOW))
    due = NOW + timedelta(seconds=6)
    assert all_of_it == {"import_id": "batch", "ended": 3, "last_due_at": due}
    assert reads.pace(importing, NOW + timedelta(minutes=5))["ended"] == [1]


def test_failures_are_counted_by_reason(importing: Store) -> None:
    importing.add_tasks([replace(task(n, TaskState.FAILED), reason="gone") for n in (7, 8)]).result()
    found = rows(reads.failures(importing))
    assert (found[0]["import_id"], found[0]["reason"], found[0]["count"]) == ("batch", "gone", 2)
    assert found[0]["latest_at"] == NOW + timedelta(minutes=8)
    assert reads.failed_ids(importing, "batch", 2)["id"] == ["batch-8", "batch-7"]
    assert reads.failed_ids(importing, None, 10)["id"] == ["batch-8", "batch-7", "batch-5", "None-1"]
    assert reads.oldest_open(importing) == NOW - timedelta(minutes=2)


def test_numbers_without_a_build_are_counted_and_end_an_import(store: Store) -> None:
    tasks = [task(number, state) for number, state in enumerate((TaskState.DONE, TaskState.ABSENT), 1)]
    ended = [replace(each, finished_at=NOW) for each in tasks]
    store.add_tasks(ended, Import("batch", "travis", "acme/app", 1, 2, NOW)).result()
    found = rows(reads.one_import(store, "batch"))[0]
    assert (found["total"], found["done"], found["absent"], found["finished_at"]) == (2, 1, 1, NOW)
    assert reads.numbers_of_import(store, "batch") == (1, 2)
    assert reads.numbers_of_import(store, "another") is None


def test_imports_that_go_on_are_found_by_what_was_asked_for(store: Store) -> None:
    states = {"goes on": TaskState.WAITING, "ended": TaskState.DONE}
    for name, state in states.items():
        batch = Import(name, "github", f"owner/{name}", 0, 0, NOW, "https://api.github.com", "since 90d")
        store.add_tasks([task(1, state, name)], batch).result()
    found = reads.open_imports(store, "github", "https://api.github.com", "since 90d")
    assert [(each.id, each.repo, each.created_at) for each in found] == [("goes on", "owner/goes on", NOW)]
    assert reads.open_imports(store, "github", "https://api.github.com", "since 9d") == []
    assert reads.open_imports(store, "gitlab", "https://api.github.com", "since 90d") == []


def test_open_tasks_are_counted_for_each_server_of_a_ci(importing: Store) -> None:
    assert reads.open_at(importing, "travis", "https://api.travis-ci.com") == 2
    assert reads.open_at(importing, "travis", "https://ci.example") == 0
    assert reads.open_at(importing, "github", "https://api.travis-ci.com") == 0


def test_imports_are_told_page_by_page(importing: Store) -> None:
    assert [reads.imports(importing, 1, offset)["id"] for offset in range(3)] == [["batch"], ["earlier"], []]
