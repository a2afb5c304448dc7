"""A machine's clock that is set back, or forward, holds up nothing that waits in memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from buildtimetrend.errors import TemporaryError
from buildtimetrend.model import Build, BuildRef, Origin
from buildtimetrend.settings import Settings
from buildtimetrend.store import open_store
from buildtimetrend.store.clock import Clock
from buildtimetrend.tasks import Retries, ThreadTasks, queue, shared
from buildtimetrend.tasks.asked import new_task
from tests.tasks.kinds import FAST
from tests.tasks.providers import SmallCI, build, eventually, ref

pytestmark = pytest.mark.races

HOUR = timedelta(hours=1)
SetClock = Callable[[timedelta], None]


@pytest.fixture
def set_clock() -> Iterator[SetClock]:
    with ExitStack() as again:

        def to(off: timedelta) -> None:
            again.enter_context(time_machine.travel(queue.utc_now() + off))

        yield to


@pytest.mark.parametrize("off", [-HOUR, HOUR])
def test_a_retry_and_what_comes_after_it_are_collected(
    tmp_path: Path, set_clock: SetClock, off: timedelta
) -> None:
    ci = SmallCI(build(number) for number in (1, 2))
    away = True

    def answer(made: Build) -> Build:
        if away:
            raise TemporaryError("away")
        return made

    ci.answer = answer
    store = open_store(f"duckdb:///{tmp_path / 'store.duckdb'}")
    retries = Retries(base=1.0, cap=1.0)
    settings = Settings(sweep_interval=0.0, workers=2)
    tasks = ThreadTasks(settings, store, {ci.name: ci}, retries)
    tasks.start()
    try:
        tasks.schedule([ref(build(1))], Origin.REQUEST).result()
        eventually(lambda: ci.fetched)
        eventually(lambda: tasks.depth().get("waiting.request"))
        set_clock(off)
        away = False
        tasks.schedule([ref(build(2))], Origin.REQUEST).result()
        eventually(lambda: not store.open_tasks(), seconds=8)
    finally:
        tasks.stop(5)
        store.close()


def test_a_retry_that_an_earlier_process_left_waits_no_longer_than_any_does(tmp_path: Path) -> None:
    ci = SmallCI([build(1)])
    store = open_store(f"duckdb:///{tmp_path / 'store.duckdb'}")
    far = new_task(ref(build(1)), Origin.HOOK, queue.utc_now(), delay=12 * 3600)
    store.add_tasks([replace(far, tries=3)], None).result()
    tasks = ThreadTasks(Settings(sweep_interval=0.0), store, {ci.name: ci}, FAST)
    tasks.start()
    try:
        eventually(lambda: not store.open_tasks(), seconds=8)
    finally:
        tasks.stop(5)
        store.close()


def test_a_build_that_was_due_is_not_taken_for_one_that_waits(set_clock: SetClock) -> None:
    """What is notified again after the clock was set back would else be lost."""
    clock = Clock()
    clock.heard(queue.utc_now(), time.monotonic())  # as from a store that others share
    known = shared._Asked(clock)
    reference = BuildRef("small", "https://ci.example", "alice/app", "b1", "1")
    done = new_task(reference, Origin.HOOK, clock.now(), delay=0.0)
    waiting = new_task(replace(reference, id="b2", number="2"), Origin.HOOK, clock.now(), delay=60.0)
    known.add(waiting)
    known.add(done)
    set_clock(-HOUR)
    assert known.same(new_task(reference, Origin.HOOK, clock.now(), delay=10.0)) is None
    again = replace(reference, id="b2", number="2")
    assert known.same(new_task(again, Origin.HOOK, clock.now(), delay=90.0)) is waiting
    assert known.same(new_task(again, Origin.HOOK, clock.now(), delay=10.0)) is None
