"""Contract: what was accepted gets done, once, whatever goes wrong on the way."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from buildtimetrend.errors import NotFound, PermanentError, TemporaryError
from buildtimetrend.model import Build, Delivery, Import, Origin, TaskState
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store
from buildtimetrend.tasks import Retries
from tests.tasks.conftest import Start
from tests.tasks.kinds import Running
from tests.tasks.providers import SmallCI, build, eventually, ref

pytestmark = pytest.mark.races

NOW = datetime.now(UTC)


def delivery(number: int) -> Delivery:
    return Delivery(f"d{number}", "small", "alice/app", NOW, "passed", "{}")


def stored(store: Store) -> set[str]:
    return {str(number) for number in store.select("SELECT number FROM build")["number"]}


def task_states(store: Store) -> list[str]:
    return [str(state) for state in store.select("SELECT state FROM task ORDER BY created_at, id")["state"]]


def reason(store: Store) -> str:
    return str(store.select("SELECT reason FROM task WHERE reason IS NOT NULL")["reason"][0])


def test_a_notification_becomes_a_build_with_its_jobs_and_steps(
    store: Store, ci: SmallCI, start: Start
) -> None:
    tasks = start()
    landed: list[str] = []
    tasks.on_saved(landed.append)
    assert tasks.accept(delivery(1), ref(ci.builds["b-alice/app-1"])).result(60) is True
    eventually(lambda: landed == ["alice/app"])
    assert stored(store) == {"1"}
    steps = store.select("SELECT name, duration FROM step")
    assert steps == {"name": ["install.1"], "duration": [2.0]}
    assert task_states(store) == ["done"]


def test_a_build_is_told_of_by_the_name_that_its_repo_has_now(
    store: Store, ci: SmallCI, start: Start
) -> None:
    tasks = start()
    landed: list[str] = []
    tasks.on_saved(landed.append)
    ci.answer = lambda made: replace(made, repo="alice/renamed")
    tasks.accept(delivery(1), ref(ci.builds["b-alice/app-1"])).result(60)
    eventually(lambda: landed == ["alice/renamed"])


def test_a_replayed_notification_collects_nothing_again(store: Store, ci: SmallCI, start: Start) -> None:
    tasks = start()
    one = ref(ci.builds["b-alice/app-1"])
    tasks.accept(delivery(1), one).result(60)
    eventually(lambda: task_states(store) == ["done"])
    assert tasks.accept(delivery(1), one).result(60) is False
    tasks.accept(delivery(2), ref(ci.builds["b-alice/app-2"])).result(60)
    eventually(lambda: task_states(store) == ["done", "done"])
    assert ci.fetched == ["b-alice/app-1", "b-alice/app-2"]


def test_notifications_of_a_build_that_waits_already_share_its_task(
    store: Store, ci: SmallCI, start: Start
) -> None:
    ci.delay = 0.3
    tasks = start()
    one = ref(ci.builds["b-alice/app-1"])
    tasks.accept(delivery(1), one).result(60)
    tasks.accept(delivery(2), one).result(60)
    eventually(lambda: task_states(store) == ["done"])
    assert ci.fetched == ["b-alice/app-1"]


def test_a_build_that_has_not_ended_yet_is_asked_for_again(store: Store, ci: SmallCI, start: Start) -> None:
    answers = iter([True, True, False])
    ci.answer = lambda made: replace(made, result=None, raw_result="started") if next(answers) else made
    start().accept(delivery(1), ref(ci.builds["b-alice/app-1"])).result(60)
    eventually(lambda: task_states(store) == ["done"])
    assert len(ci.fetched) == 3
    assert stored(store) == {"1"}


def test_a_build_whose_jobs_still_run_is_stored_and_completed_later(
    store: Store, ci: SmallCI, start: Start
) -> None:
    whole = ci.builds["b-alice/app-1"]
    running = replace(
        whole, jobs=(replace(whole.jobs[0], result=None, raw_result="started", finished_at=None),)
    )
    answers = iter([running, whole])
    ci.answer = lambda _: next(answers)
    start().accept(delivery(1), ref(whole)).result(60)
    eventually(lambda: task_states(store) == ["done"])
    assert store.select("SELECT attempt, result FROM job") == {"attempt": [1], "result": ["passed"]}


def test_a_temporary_failure_is_tried_again_and_a_permanent_one_is_not(
    store: Store, ci: SmallCI, start: Start
) -> None:
    def fail(made: Build) -> Build:
        if made.number == "1":
            raise PermanentError("There is no such build.")
        if len(ci.fetched) < 4:
            raise TemporaryError("The CI is away.")
        return made

    ci.answer = fail
    tasks = start()
    tasks.schedule([ref(ci.builds["b-alice/app-1"])], Origin.REQUEST).result(60)
    eventually(lambda: task_states(store) == ["failed"])
    tasks.schedule([ref(ci.builds["b-alice/app-2"])], Origin.REQUEST).result(60)
    eventually(lambda: task_states(store) == ["failed", "done"])
    assert reason(store) == "There is no such build."
    assert ci.fetched.count("b-alice/app-1") == 1


def test_a_task_is_given_up_after_its_last_try_and_can_be_retried_by_hand(
    store: Store, ci: SmallCI, start: Start
) -> None:
    def away(made: Build) -> Build:
        raise TemporaryError("The CI is away.")

    ci.answer = away
    tasks = start(Retries(base=0.01, cap=0.02, tries=3))
    (task,) = tasks.schedule([ref(ci.builds["b-alice/app-1"])], Origin.REQUEST).result(60)
    eventually(lambda: task_states(store) == ["failed"])
    assert reason(store) == "Given up after 3 tries: The CI is away."
    ci.answer = lambda made: made
    again = tasks.retry(task.id).result(60)
    assert (again.id, again.state, again.tries, again.finished_at) == (task.id, TaskState.WAITING, 0, None)
    assert again.due_at > task.due_at
    eventually(lambda: task_states(store) == ["done"])


def test_a_bug_in_a_provider_neither_ends_the_worker_nor_loses_the_task(
    store: Store, ci: SmallCI, start: Start
) -> None:
    def bug(made: Build) -> Build:
        if len(ci.fetched) == 1:
            raise ZeroDivisionError
        return made

    ci.answer = bug
    start().accept(delivery(1), ref(ci.builds["b-alice/app-1"])).result(60)
    eventually(lambda: task_states(store) == ["done"])


def test_a_log_that_breaks_off_is_fetched_again_and_in_the_end_kept_as_cut(
    store: Store, ci: SmallCI, start: Start
) -> None:
    ci.broken_logs = 2
    tasks = start()
    tasks.accept(delivery(1), ref(ci.builds["b-alice/app-1"])).result(60)
    eventually(lambda: task_states(store) == ["done"])
    ci.broken_logs = 100
    tasks.accept(delivery(2), ref(ci.builds["b-alice/app-2"])).result(60)
    eventually(lambda: task_states(store) == ["done", "done"])
    assert store.select("SELECT log_state FROM job ORDER BY build_number") == {
        "log_state": ["complete", "cut"]
    }


def test_a_restart_resumes_what_was_open(store: Store, ci: SmallCI, running: Callable[..., Running]) -> None:
    ci.delay = 3600.0
    before = running()
    for number in range(1, 6):
        before.tasks.accept(delivery(number), ref(ci.builds[f"b-alice/app-{number}"])).result(60)
    before.stop()
    assert stored(store) == set()
    for open_task in store.open_tasks():
        store.update_task(replace(open_task, due_at=NOW)).result(60)
    running()
    eventually(lambda: stored(store) == {"1", "2", "3", "4", "5"})


def test_an_import_of_many_builds_does_not_hold_up_a_notification(
    store: Store, ci: SmallCI, start: Start
) -> None:
    gate = threading.Event()

    def slow(made: Build) -> Build:
        if made.repo == "alice/app":
            gate.wait(10)
        return made

    ci.answer = slow
    fresh = build(1, "bob/fresh")
    ci.builds[fresh.id] = fresh
    tasks = start()
    batch = Import("i1", "small", "alice/app", 1, 20, NOW)
    refs = [ref(made) for made in ci.builds.values() if made.repo == "alice/app"]
    tasks.schedule(refs, Origin.IMPORT, batch=batch).result(60)
    tasks.accept(replace(delivery(99), repo="bob/fresh"), ref(fresh)).result(60)
    eventually(lambda: stored(store) == {"1"})
    assert store.select("SELECT slug FROM repo") == {"slug": ["bob/fresh"]}
    gate.set()
    eventually(lambda: task_states(store).count("done") == 21)


def test_a_canceled_import_leaves_its_waiting_builds_alone(store: Store, ci: SmallCI, start: Start) -> None:
    tasks = start()
    batch = Import("i1", "small", "alice/app", 1, 20, NOW)
    refs = [ref(made) for made in ci.builds.values()]
    tasks.schedule(refs, Origin.IMPORT, spacing=3600, batch=batch).result(60)
    eventually(lambda: "done" in task_states(store))
    assert tasks.cancel("i1").result(60) == 19
    assert task_states(store).count("canceled") == 19
    assert tasks.cancel("unknown").result(60) == 0


def test_what_runs_when_its_import_is_canceled_is_not_tried_again(
    store: Store, ci: SmallCI, start: Start
) -> None:
    reached, gate = threading.Event(), threading.Event()

    def fails_late(_: Build) -> Build:
        reached.set()
        assert gate.wait(10)
        raise TemporaryError("Down for a moment.")

    ci.answer = fails_late
    tasks = start()
    batch = Import("i1", "small", "alice/app", 1, 2, NOW)
    refs = [ref(ci.builds[f"b-alice/app-{number}"]) for number in (1, 2)]
    (running, _) = tasks.schedule(refs, Origin.IMPORT, spacing=3600, batch=batch).result(60)
    assert reached.wait(10)
    assert tasks.cancel("i1").result(60) == 1
    gate.set()
    eventually(lambda: task_states(store) == ["canceled", "canceled"])
    assert ci.fetched == ["b-alice/app-1"]

    # Asked for by hand it is tried as often as any other.
    failures = iter([TemporaryError("Still down.")] * 2)

    def fails_twice(made: Build) -> Build:
        for failure in failures:
            raise failure
        return made

    ci.answer = fails_twice
    tasks.retry(running.id).result(60)
    eventually(lambda: sorted(task_states(store)) == ["canceled", "done"])


def test_retried_twice_at_once_a_task_is_tried_once(store: Store, ci: SmallCI, start: Start) -> None:
    def refused(_: Build) -> Build:
        raise PermanentError("No.")

    ci.answer = refused
    tasks = start()
    (task,) = tasks.schedule([ref(ci.builds["b-alice/app-1"])], Origin.REQUEST).result(60)
    eventually(lambda: task_states(store) == ["failed"])
    gate = threading.Event()

    def slow(made: Build) -> Build:
        assert gate.wait(10)
        return made

    ci.answer = slow
    both = [tasks.retry(task.id)]
    with suppress(NotFound):  # where the first is through already
        both.append(tasks.retry(task.id))
    assert {future.result(60).id for future in both} == {task.id}
    eventually(lambda: tasks.depth() == {"running.request": 1})
    gate.set()
    eventually(lambda: task_states(store) == ["done"])
    assert len(ci.fetched) == 2


def test_a_retry_beside_another_fetch_of_its_build_stores_it_once(
    store: Store, ci: SmallCI, start: Start
) -> None:
    def refused(_: Build) -> Build:
        raise PermanentError("No.")

    ci.answer = refused
    tasks = start()
    (failed,) = tasks.schedule([ref(ci.builds["b-alice/app-1"])], Origin.REQUEST).result(60)
    eventually(lambda: task_states(store) == ["failed"])
    together = threading.Barrier(2)

    def slow(made: Build) -> Build:
        together.wait(10)
        return made

    ci.answer = slow
    tasks.accept(delivery(1), failed.ref).result(60)
    tasks.retry(failed.id).result(60)
    eventually(lambda: task_states(store) == ["done", "done"])
    assert store.select("SELECT number, attempt FROM build") == {"number": ["1"], "attempt": [1]}


def test_a_callback_that_fails_costs_nothing(store: Store, ci: SmallCI, start: Start) -> None:
    tasks = start()
    landed: list[str] = []

    def broken(_: str) -> None:
        raise RuntimeError("a bug elsewhere")

    tasks.on_saved(broken)
    tasks.on_saved(landed.append)
    for made in ci.builds.values():
        tasks.accept(delivery(int(made.number)), ref(made)).result(60)
    eventually(lambda: task_states(store) == ["done"] * len(ci.builds))
    eventually(lambda: len(landed) == len(ci.builds))
    assert tasks.running()


def test_a_repo_that_is_denied_meanwhile_is_not_fetched(store: Store, ci: SmallCI, start: Start) -> None:
    start(denied_repo=("alice",)).accept(delivery(1), ref(ci.builds["b-alice/app-1"])).result(60)
    eventually(lambda: task_states(store) == ["failed"])
    assert "no longer allow" in reason(store)
    assert ci.fetched == []


def test_a_repo_that_has_a_denied_name_by_now_is_not_stored(store: Store, ci: SmallCI, start: Start) -> None:
    ci.answer = lambda made: replace(made, repo="alice/secret")
    start(denied_repo=("secret",)).accept(delivery(1), ref(ci.builds["b-alice/app-1"])).result(60)
    eventually(lambda: task_states(store) == ["failed"])
    assert "by the name that it has now" in reason(store)
    assert store.select("SELECT number FROM build") == {"number": []}


def test_a_process_whose_settings_lack_a_ci_leaves_its_builds_for_later(
    store: Store, ci: SmallCI, start: Start
) -> None:
    made = ci.builds["b-alice/app-1"]
    new = replace(ref(made), instance="https://new.example")
    start(retries=Retries(base=60)).accept(delivery(1), new).result(60)
    eventually(lambda: store.select("SELECT tries, state FROM task") == {"tries": [1], "state": ["waiting"]})
    said = reason(store)
    assert f"The build is of https://new.example, but the settings name {made.instance}." in said
    assert "Set " in said


def test_a_task_can_be_read_back_by_its_id(store: Store, ci: SmallCI, start: Start) -> None:
    (task,) = start().schedule([ref(ci.builds["b-alice/app-1"])], Origin.REQUEST).result(60)
    eventually(lambda: task_states(store) == ["done"])
    found = reads.task(store, task.id)
    assert found is not None
    assert (found.ref, found.origin, found.state) == (task.ref, Origin.REQUEST, TaskState.DONE)
    assert reads.task(store, "unknown") is None
