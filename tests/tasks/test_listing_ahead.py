"""One page of an import's list: what it makes tasks of, when it waits, what a fault leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from buildtimetrend.errors import PermanentError, Stopped
from buildtimetrend.model import LIST, BuildRef, Import, Origin, Task
from buildtimetrend.providers.base import Selection
from buildtimetrend.settings import Settings
from buildtimetrend.store.base import Store
from buildtimetrend.tasks import lists
from tests.tasks.providers import SmallCI, build, ref

REPO = "alice/app"


@pytest.fixture
def store(in_file: Store) -> Store:
    return in_file


def listing(store: Store, said: str, name: str = "batch") -> Task:
    """The task of a list that nothing is known of yet."""
    now = datetime.now(UTC)
    whole = BuildRef("small", SmallCI.instance, REPO, number=LIST)
    batch = Import(name, "small", REPO, 0, 0, now, SmallCI.instance, said)
    task = Task(f"list {name}", whole, Origin.IMPORT, now, now, import_id=name)
    store.add_tasks([task], batch).result(60)
    return task


def page(store: Store, ci: SmallCI, task: Task) -> list[Task]:
    return lists.Lists(Settings.of(multi_import_delay=0.0), store).next(ci, task)


def test_of_several_builds_of_one_number_all_are_imported(store: Store) -> None:
    """Each workflow of GitHub counts its own runs."""
    ci = SmallCI(
        [*map(build, range(1, 9)), *(replace(build(n), id=f"lint-{n}", pipeline="lint") for n in (4, 5))]
    )
    tasks = page(store, ci, listing(store, "4-5"))
    assert {task.ref.id for task in tasks} == {"b-alice/app-4", "b-alice/app-5", "lint-4", "lint-5"}


def test_numbers_of_which_there_is_no_build_are_said(store: Store) -> None:
    with pytest.raises(PermanentError, match=r"has no builds 40-50 of alice/app") as refused:
        page(store, SmallCI([build(1)]), listing(store, "40-50"))
    assert refused.value.detail == "number"


class Breaking(SmallCI):
    """Breaks behind some builds of its list, in one way or another."""

    error: Exception
    behind = 30

    def select(self, repo: str, selection: Selection) -> Iterator[BuildRef]:
        for place, found in enumerate(super().select(repo, selection)):
            if place == self.behind:
                raise self.error
            yield found


@pytest.mark.parametrize("error", [PermanentError("It was removed."), ValueError("a fault of ours")])
def test_whatever_breaks_a_list_what_was_read_of_it_is_kept(store: Store, error: Exception) -> None:
    ci = Breaking(map(build, range(1, 101)))
    ci.error = error
    *found, rest = page(store, ci, listing(store, "latest 100"))
    assert [task.ref.number for task in found] == [str(number) for number in range(100, 70, -1)]
    assert rest.ref.is_list
    assert rest.ref.id == "b-alice/app-71"
    ci.behind = 0
    with pytest.raises(type(error)):
        page(store, ci, listing(store, "latest 100", "again"))


def test_a_list_that_this_process_gives_up_is_read_again_from_where_it_was(store: Store) -> None:
    ci = Breaking(map(build, range(1, 101)))
    ci.error = Stopped("This process stops.")
    with pytest.raises(Stopped):
        page(store, ci, listing(store, "latest 100"))


def test_what_waits_for_another_ci_holds_up_no_list(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "MOST_WAITING", 20)
    ci = SmallCI(map(build, range(1, 4)))
    then = datetime.now(UTC) + timedelta(hours=1)
    task = listing(store, "latest 3")
    for place, (kind, instance) in enumerate([("other", SmallCI.instance), ("small", "https://ci2.example")]):
        waiting = [
            Task(
                f"w{place}-{n}",
                replace(ref(build(n)), provider=kind, instance=instance),
                Origin.HOOK,
                then,
                then,
            )
            for n in range(30)
        ]
        store.add_tasks(waiting).result(60)
    assert len(page(store, ci, task)) == 3
    own = [Task(f"own-{n}", ref(build(100 + n)), Origin.HOOK, then, then) for n in range(20)]
    store.add_tasks(own).result(60)
    with pytest.raises(lists.TooMany):
        page(store, ci, task)
