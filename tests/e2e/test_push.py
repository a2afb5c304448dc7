"""Workers that push to a service with a file of its own: SIGKILL of either loses and doubles nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from buildtimetrend.demo.history import History
from buildtimetrend.demo.process import TravisProcess
from buildtimetrend.demo.servers.redis import Redis
from tests.e2e.processes import Service
from tests.e2e.test_kill import BUILDS, NOW, ROWS, rows, service, start_import, wait_until_done
from tests.forks import Command

ROOT = Path(__file__).parents[2]
TOKEN = "s3cret"


@pytest.fixture(scope="module")
def travis() -> Iterator[TravisProcess]:
    with TravisProcess(History(1, NOW)) as running:
        yield running


@contextmanager
def worker(folder: Path, environment: dict[str, str]) -> Iterator[Command]:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("BTT_", "TRAVIS_"))}
    process = Command(["worker"], {**own, **environment}, folder, folder / "worker.log")
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def done(running: Service) -> int:
    [state] = httpx.get(f"{running.url}/api/v1/imports", timeout=30).json()["imports"]
    return int(state["done"])


def wait_for(running: Service, builds: int) -> None:
    deadline = time.monotonic() + 120
    while done(running) < builds:
        assert time.monotonic() < deadline, "the workers do nothing"
        time.sleep(0.1)


def test_workers_push_to_the_service_and_a_kill_of_either_loses_and_doubles_nothing(
    tmp_path: Path, travis: TravisProcess, redis_server: Redis
) -> None:
    with service(tmp_path / "undisturbed", travis) as undisturbed:
        start_import(undisturbed, travis)
        wait_until_done(undisturbed)
    folder = tmp_path / "pushed"
    folder.mkdir()
    shared = {
        "BTT_TRAVIS_API_URL": travis.url,
        "BTT_TRAVIS_DELAY": "0.1",
        "BTT_REDIS_URL": redis_server.url,
        "BTT_LOGLEVEL": "INFO",
    }
    own = {"BTT_MULTI_DELAY": "0", "BTT_MULTI_MAX_BUILDS": "1000", "BTT_SWEEP_INTERVAL": "0"}
    pushed = Service(folder, {**shared, **own, "BTT_TASK_QUEUE_PUSH": "1", "BTT_ADMIN_TOKEN": TOKEN})
    there = {"BTT_STORE_URL": pushed.url, "BTT_STORE_TOKEN": TOKEN, "XDG_DATA_HOME": str(folder / "data")}
    with pushed, ExitStack() as stack:
        first = stack.enter_context(worker(folder, {**shared, **there}))
        start_import(pushed, travis, TOKEN)
        wait_for(pushed, 10)
        first.kill()
        stack.enter_context(worker(folder, {**shared, **there}))
        stack.enter_context(worker(folder, {**shared, **there}))
        for part in (30, 60):
            wait_for(pushed, part)
            pushed.kill()
            pushed.start()
        wait_until_done(pushed)

    expected, found = rows(undisturbed.database), rows(pushed.database)
    assert len(expected["build"]) > BUILDS * 0.9
    for table in ROWS:
        assert found[table] == expected[table]
