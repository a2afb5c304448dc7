"""Builds that end the process which collects them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from buildtimetrend.model import Origin, TaskState
from buildtimetrend.settings import Settings
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store
from buildtimetrend.tasks.asked import new_task
from buildtimetrend.tasks.heartbeat import Heartbeat, HeartbeatTimes
from buildtimetrend.tasks.runner import ENDS, Runner
from buildtimetrend.tasks.tries import Tries
from tests.tasks.kinds import FAST
from tests.tasks.providers import SmallCI, ref

pytestmark = pytest.mark.races


@pytest.fixture
def store(in_file: Store) -> Store:
    return in_file


@pytest.mark.parametrize(("ends", "state"), [(ENDS - 1, TaskState.DONE), (ENDS, TaskState.FAILED)])
def test_a_build_that_ended_one_process_after_the_other_is_left_alone(
    store: Store, ci: SmallCI, ends: int, state: TaskState
) -> None:
    asked = new_task(ref(ci.builds["b-alice/app-1"]), Origin.HOOK, store.clock.now(), delay=-3600)
    store.add_tasks([asked]).result()
    long_ago = asked.due_at
    for number in range(ends):
        claimed_at = long_ago + timedelta(minutes=number)
        until = claimed_at + timedelta(seconds=30)
        assert store.claim(asked.id, f"killed-{number}", claimed_at, until).result()
    settings = Settings(workers=1)
    runner = Runner(store, Tries(settings, store, {ci.name: ci}, FAST), Heartbeat(store, 1, HeartbeatTimes()))
    assert runner.run(asked.id) is None
    found = reads.task(store, asked.id)
    assert found is not None
    assert found.state is state
    assert bool(ci.fetched) is (state is TaskState.DONE)
    if state is TaskState.FAILED:
        assert found.reason == "Given up: the process that collected it ended, or hung, 5 times."
        assert runner.run(asked.id) is None
