"""Imports whose builds are listed page by page while the first of them are collected already."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from buildtimetrend.errors import PermanentError
from buildtimetrend.model import LIST, Build, BuildRef, Import, Origin, Result
from buildtimetrend.providers.base import RateLimit
from buildtimetrend.settings import Settings
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store, rows
from buildtimetrend.tasks import Retries, lists
from tests.tasks.conftest import Start
from tests.tasks.kinds import Running
from tests.tasks.providers import SmallCI, build, eventually, ref
from tests.tasks.test_tasks import delivery

MANY = 250
REPO = "alice/app"


@pytest.fixture(params=["threads", "shared"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def ci() -> SmallCI:
    return SmallCI(build(number) for number in range(1, MANY + 1))


def batch(said: str, import_id: str = "batch") -> Import:
    return Import(import_id, "small", REPO, 0, 0, datetime.now(UTC), SmallCI.instance, said)


def the_list() -> BuildRef:
    return BuildRef("small", SmallCI.instance, REPO, number=LIST)


def progress(store: Store, import_id: str = "batch") -> dict[str, Any]:
    return rows(reads.one_import(store, import_id))[0]


def has_ended(store: Store) -> bool:
    return progress(store)["finished_at"] is not None


def stored(store: Store) -> set[str]:
    return set(map(str, store.select("SELECT number FROM build")["number"]))


def test_an_import_lists_its_builds_page_by_page_and_collects_each_once(
    store: Store, ci: SmallCI, start: Start
) -> None:
    tasks = start(multi_import_delay=0.0)
    tasks.schedule([the_list()], Origin.IMPORT, batch=batch("since 2020-01-01")).result(60)
    eventually(lambda: has_ended(store))
    assert stored(store) == {str(number) for number in range(1, MANY + 1)}
    assert len(ci.fetched) == MANY
    assert ci.pages == 3
    found = progress(store)
    assert (found["total"], found["done"], found["listing"]) == (MANY, MANY, False)


def test_the_newest_builds_of_an_import_come_first(store: Store, ci: SmallCI, start: Start) -> None:
    tasks = start(multi_import_delay=0.0)
    tasks.schedule([the_list()], Origin.IMPORT, batch=batch("latest 120")).result(60)
    eventually(lambda: has_ended(store))
    order = [int(id_.rpartition("-")[2]) for id_ in ci.fetched]
    assert sorted(order) == list(range(MANY - 119, MANY + 1))
    late = [place - (MANY - number) for place, number in enumerate(order)]
    assert max(late) <= 3  # a page lands while threads are taking from it


def test_a_list_that_breaks_off_keeps_what_was_read_and_goes_on_behind_it(
    store: Store, ci: SmallCI, start: Start
) -> None:
    ci.page_fails = lambda page: page == 2
    tasks = start(multi_import_delay=0.0)
    tasks.schedule([the_list()], Origin.IMPORT, batch=batch("since 2020-01-01")).result(60)
    eventually(lambda: has_ended(store))
    assert stored(store) == {str(number) for number in range(1, MANY + 1)}
    assert len(ci.fetched) == MANY


def test_after_a_restart_an_import_lists_what_is_lacking_and_collects_nothing_twice(
    store: Store, ci: SmallCI, running: Callable[..., Running]
) -> None:
    reached = threading.Event()

    def fails(page: int) -> bool:
        if page == 3:
            reached.set()
        return page >= 3

    ci.page_fails = fails
    first = running(Retries(base=0.01, cap=0.05, tries=10_000), multi_import_delay=0.0)
    first.tasks.schedule([the_list()], Origin.IMPORT, batch=batch("since 2020-01-01")).result(60)
    assert reached.wait(60)
    eventually(lambda: len(stored(store)) == 200)
    first.stop()
    ci.page_fails = lambda page: False
    before = len(ci.fetched)
    running(multi_import_delay=0.0)
    eventually(lambda: has_ended(store))
    assert stored(store) == {str(number) for number in range(1, MANY + 1)}
    assert len(ci.fetched) == before + 50
    assert progress(store)["total"] == MANY


def test_the_same_page_listed_twice_makes_the_same_tasks(store: Store, ci: SmallCI, start: Start) -> None:
    """As after a kill between the page's tasks and the end of its own."""
    tasks = start(multi_import_delay=0.0)
    made = batch("latest 150")
    tasks.schedule([the_list()], Origin.IMPORT, batch=made).result(60)
    eventually(lambda: has_ended(store))
    again = [task for task in _lists(store) if task["build_id"] is None]
    found = reads.task(store, str(again[0]["id"]))
    assert found is not None
    new = lists.Lists(_settings(), store).next(ci, found)
    assert new == []
    assert progress(store)["total"] == 150


def test_what_still_runs_when_it_is_listed_is_asked_for_until_it_has_ended(
    store: Store, ci: SmallCI, start: Start
) -> None:
    runs = build(MANY + 1, result=None, raw_result="started")
    ci.builds[runs.id] = runs
    ended = threading.Event()

    def answer(made: Build) -> Build:
        if made.id != runs.id or not ended.is_set():
            return made
        return build(MANY + 1, result=Result.FAILED, raw_result="failed")

    ci.answer = answer
    tasks = start(multi_import_delay=0.0)
    tasks.schedule([the_list()], Origin.IMPORT, batch=batch("latest 3")).result(60)
    eventually(lambda: ci.fetched.count(runs.id) > 8)  # more often than other builds are tried
    eventually(lambda: stored(store) == {str(MANY), str(MANY - 1)})
    assert not has_ended(store)
    ended.set()
    eventually(lambda: has_ended(store))
    assert stored(store) == {str(MANY + 1), str(MANY), str(MANY - 1)}


def test_a_list_that_the_ci_refuses_fails_and_is_counted(store: Store, ci: SmallCI, start: Start) -> None:
    def refused(_: int) -> bool:
        raise PermanentError("There is no such repo.")

    ci.page_fails = refused
    tasks = start()
    tasks.schedule([the_list()], Origin.IMPORT, batch=batch("latest 3")).result(60)
    eventually(lambda: has_ended(store))
    found = progress(store)
    assert (found["total"], found["failed"]) == (1, 1)
    assert reads.import_reasons(store, ["batch"])["reason"] == ["There is no such repo."]


def test_an_import_that_is_canceled_lists_no_more(store: Store, ci: SmallCI, start: Start) -> None:
    reached, gate = threading.Event(), threading.Event()

    def waits(page: int) -> bool:
        if page == 2:
            reached.set()
            assert gate.wait(30)
        return False

    ci.page_fails = waits
    tasks = start(multi_import_delay=30.0)
    tasks.schedule([the_list()], Origin.IMPORT, batch=batch("since 2020-01-01")).result(60)
    assert reached.wait(30)
    tasks.cancel("batch").result(60)
    gate.set()
    eventually(lambda: has_ended(store))
    found = progress(store)
    assert (found["waiting"], found["running"], found["listing"]) == (0, 0, False)
    assert found["canceled"] >= 99


def test_imports_wait_for_a_reserve_of_requests_and_notifications_do_not(
    store: Store, ci: SmallCI, start: Start
) -> None:
    resets_at = datetime.now(UTC) + timedelta(hours=1)
    ci.limit = RateLimit(1000, 100, resets_at)
    tasks = start()
    imported = [ref(build(number)) for number in (1, 2, 3)]
    tasks.schedule(imported, Origin.IMPORT, batch=batch("latest 3")).result(60)
    eventually(lambda: reads.import_reasons(store, ["batch"])["reason"])
    tasks.accept(delivery(1), ref(build(9))).result(60)
    tasks.schedule([ref(build(8))], Origin.REQUEST).result(60)
    eventually(lambda: stored(store) == {"9", "8"})
    assert sorted(ci.fetched) == ["b-alice/app-8", "b-alice/app-9"]
    told = reads.import_reasons(store, ["batch"])
    assert told["reason"][0] == (
        f"Small CI answers 100 more of 1,000 requests until {resets_at:%H:%M:%S} UTC: "
        "these are kept for builds that end now."
    )
    assert {task.tries for task in reads.open_tasks(store)} == {0}
    due = [task.due_at for task in reads.open_tasks(store) if task.reason]
    assert min(due) > datetime.now(UTC) + timedelta(minutes=50)


def test_imports_go_on_when_the_limit_is_reset(store: Store, ci: SmallCI, start: Start) -> None:
    ci.limit = RateLimit(1000, 3, datetime.now(UTC) + timedelta(seconds=1))
    tasks = start(multi_import_delay=0.0)
    tasks.schedule([the_list()], Origin.IMPORT, batch=batch("latest 3")).result(60)
    eventually(lambda: has_ended(store))
    assert len(ci.fetched) == 3


def test_a_ci_that_tells_its_limit_is_not_asked_more_slowly_than_that_allows(
    store: Store, ci: SmallCI, start: Start
) -> None:
    ci.limit = RateLimit(1000, 900, datetime.now(UTC) + timedelta(hours=1))
    tasks = start(multi_import_delay=60.0)
    tasks.schedule([the_list()], Origin.IMPORT, batch=batch("latest 130")).result(60)
    eventually(lambda: has_ended(store))
    assert len(ci.fetched) == 130


def test_no_more_is_listed_while_very_much_waits(
    store: Store, ci: SmallCI, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "AHEAD", 100)
    monkeypatch.setattr(lists, "LATER", timedelta(seconds=0.05))
    gate = threading.Event()

    def waits(made: Build) -> Build:
        assert gate.wait(30)
        return made

    ci.answer = waits
    tasks = start(multi_import_delay=0.0, workers=3)
    tasks.schedule([the_list()], Origin.IMPORT, batch=batch("since 2020-01-01")).result(60)
    eventually(lambda: progress(store)["total"] == 100)
    eventually(lambda: any(task.state == "waiting" for task in reads.open_tasks(store) if task.ref.is_list))
    assert ci.pages == 1
    gate.set()
    eventually(lambda: has_ended(store))
    assert len(ci.fetched) == MANY


def _lists(store: Store) -> list[dict[str, object]]:
    return rows(store.select("SELECT id, build_id FROM task WHERE number = $list", {"list": LIST}))


def _settings() -> Settings:

    return Settings.of(multi_import_delay=0.0)
