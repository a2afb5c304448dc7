"""A worker outlives what it is sent, and what stands in its broker: nobody waits for what is not ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import kombu.connection
import pytest
import redis

from buildtimetrend.model import Origin, Task
from buildtimetrend.settings import Settings
from buildtimetrend.store import open_store
from buildtimetrend.store.base import Store
from buildtimetrend.tasks.broker.publisher import QUEUE, Broker, celery_app
from tests.tasks.kinds import FAST, broker_url, store_url
from tests.tasks.poison import poison_rabbitmq, poison_redis, poison_unacked
from tests.tasks.providers import SmallCI, eventually, ref
from tests.tasks.worker_process import WorkerProcess, lent, start_worker

pytestmark = pytest.mark.races

# Seconds in which a build is collected, on a busy machine: far below those that a poisoned worker was deaf.
SOON = 20
KEYS = (QUEUE, f"{QUEUE}\x06\x163", "unacked", "unacked_index")


@dataclass
class Site:
    store: Store
    broker: str
    ci: SmallCI
    log: Path
    start: Callable[[], WorkerProcess]

    def said(self, what: str) -> int:
        return self.log.read_text(encoding="utf-8").count(what) if self.log.exists() else 0

    def collect_all(self) -> None:
        """Ask for all builds; they are collected soon, though who asks sends them himself."""
        now = datetime.now(UTC)
        tasks = [
            Task(f"{self.said('task.done')}-{id_}", ref(made), Origin.HOOK, now, now)
            for id_, made in self.ci.builds.items()
        ]
        self.store.add_tasks(tasks).result()
        sender = Broker(celery_app(self.broker))
        sender.send(tasks)
        sender.close()
        eventually(lambda: set(self.store.select("SELECT state FROM task")["state"]) == {"done"}, SOON)


@pytest.fixture(params=["redis", "rabbitmq"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def site(kind: str, ci: SmallCI, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    with _site(kind, ci, request, tmp_path) as made:
        yield made


@contextmanager
def _site(kind: str, ci: SmallCI, request: pytest.FixtureRequest, folder: Path) -> Iterator[Site]:
    broker, log = broker_url(kind, request), folder / "worker.log"
    started: list[WorkerProcess] = []
    with store_url(kind, request, folder) as url, closing(open_store(url)) as store, lent(ci) as address:
        settings = Settings(
            sweep_interval=0, workers=2, store_url=url, task_queue_broker_url=broker, loglevel="INFO"
        )

        def start() -> WorkerProcess:
            started.append(start_worker(settings, FAST, address, log))
            return started[-1]

        try:
            yield Site(store, broker, ci, log, start)
        finally:
            for worker in started:
                worker.kill()


def test_what_is_not_ours_is_dropped_with_one_warning_each_and_holds_nothing_up(
    kind: str, site: Site
) -> None:
    poison: Any = {"redis": poison_redis, "rabbitmq": poison_rabbitmq}[kind]
    broker = Broker(celery_app(site.broker))
    broker.idle()  # makes the queue
    sent = poison(site.broker)
    worker = site.start()
    site.collect_all()
    eventually(lambda: waiting(site.broker) == 0, SOON)
    sent += poison(site.broker)  # while it runs
    site.collect_all()
    eventually(lambda: waiting(site.broker) == 0, SOON)
    warnings = site.said("not_ours")
    assert site.said("worker.failed") == site.said("Traceback") == 0
    assert sent * 0.8 < warnings <= sent  # some are of no task, and end so
    assert len(site.log.read_bytes()) < 1000 * sent  # nothing is told at length
    assert worker.stop() == 0
    assert site.said("not_ours") == warnings
    assert waiting(site.broker) == 0
    broker.close()


@pytest.mark.parametrize("kind", ["redis"], indirect=True)
def test_garbage_among_what_redis_keeps_for_workers_ends_none_and_goes(site: Site) -> None:
    poison_unacked(site.broker)
    worker = site.start()
    site.collect_all()
    with redis.Redis.from_url(site.broker) as client:
        eventually(lambda: client.zcard("unacked_index") == client.hlen("unacked") == 0, SOON)
    assert site.said("worker.failed") == 0
    assert site.said("broker.not_ours") >= 6
    assert worker.stop() == 0


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("kind", ["redis"], indirect=True)
def test_a_key_of_redis_that_holds_something_else_makes_room(site: Site, key: str) -> None:
    with redis.Redis.from_url(site.broker) as client:
        client.set(key, "text")
        worker = site.start()
        site.collect_all()
        with client.pipeline() as at_once:  # the worker would make it anew between the two
            at_once.delete(key)
            at_once.geoadd(key, (1, 1, "place")) if key != "unacked_index" else at_once.set(key, "text")
            at_once.execute()
        site.collect_all()
    assert worker.stop() == 0


def waiting(broker: str) -> int:
    """Messages, those that a worker has taken and not acknowledged among them where the broker says so."""
    if broker.startswith("redis"):
        with redis.Redis.from_url(broker) as client:
            return client.llen(QUEUE) + client.llen(KEYS[1]) + client.zcard("unacked_index")  # type: ignore[no-any-return]
    connect: Any = kombu.connection.Connection  # untyped
    with connect(broker) as connection:
        declared = connection.default_channel.queue_declare(QUEUE, passive=True)
        return int(declared.message_count)
