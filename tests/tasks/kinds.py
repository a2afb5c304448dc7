"""The kinds of tasks that keep the contract, each with what it needs around it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import kombu.connection
import pytest
import redis

from buildtimetrend.settings import Settings
from buildtimetrend.store.base import Store
from buildtimetrend.tasks import Retries, SharedTasks, ThreadTasks, open_tasks
from buildtimetrend.tasks.broker.publisher import QUEUE
from tests.store.begun import begun
from tests.tasks.providers import SmallCI
from tests.tasks.worker_process import DISPATCH, HEARTBEAT, lent, start_worker

# Threads with the schedule in memory; threads that claim tasks in a shared store; Celery workers.
KINDS = ("threads", "shared", "redis", "rabbitmq")
FAST = Retries(base=0.01, cap=0.05, tries=6)


@contextmanager
def store_url(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    if kind == "threads":
        yield begun(folder / "store.duckdb")
        return
    with request.getfixturevalue("postgres_schemas").empty() as url:
        yield url


def broker_url(kind: str, request: pytest.FixtureRequest) -> str:
    """Of an empty broker; of none, where builds are collected in the service."""
    if kind not in ("redis", "rabbitmq"):
        return ""
    url = str(request.getfixturevalue(f"{kind}_server").url)
    empty(url)
    return url


def empty(url: str) -> None:
    """Forget what an earlier test left in a broker."""
    if url.startswith("redis"):
        with redis.Redis.from_url(url) as client:
            client.flushdb()
        return
    connect: Any = kombu.connection.Connection  # untyped
    with connect(url) as connection:
        connection.default_channel.queue_delete(QUEUE)


@dataclass
class Running:
    """Tasks of the given kind; `stop` ends them and their worker, if they have one."""

    tasks: ThreadTasks | SharedTasks
    stack: ExitStack

    def stop(self) -> None:
        self.stack.close()


def started(
    store: Store, ci: SmallCI, broker: str, folder: Path, retries: Retries, **settings: Any
) -> Running:
    values = {
        "sweep_interval": 0.0,
        "workers": 2,
        "store_url": store.url,
        "task_queue_broker_url": broker,
        "loglevel": "INFO",
        **settings,
    }
    given = Settings.of(**values)
    stack = ExitStack()
    tasks = open_tasks(
        given, store, {ci.name: ci}, retries, heartbeat_times=HEARTBEAT, dispatch_times=DISPATCH
    )
    stack.callback(tasks.stop, 10)
    if broker:
        address = stack.enter_context(lent(ci))
        stack.callback(start_worker(given, retries, address, folder / "worker.log").kill)
    tasks.start()
    return Running(tasks, stack)
