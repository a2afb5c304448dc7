"""Celery workers on PostgreSQL: what they add to a build, and builds per second along the whole path.

The first is the time from a task's message to its end in the store, for a CI that answers at once; on Redis
and on RabbitMQ. The second is an import: simulated API, broker, two workers, PostgreSQL, all on this machine.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks import simulated
from benchmarks.empty_worker import EMPTY, EmptyCI
from benchmarks.report import figure
from buildtimetrend import logging_setup
from buildtimetrend.brokers import backend_of
from buildtimetrend.demo.backing_services import environment, with_services
from buildtimetrend.demo.servers.postgres import Postgres
from buildtimetrend.demo.servers.rabbitmq import RabbitMQ
from buildtimetrend.demo.servers.redis import Redis
from buildtimetrend.model import BuildRef, Import, Origin
from buildtimetrend.providers import open_provider
from buildtimetrend.settings import Settings
from buildtimetrend.store import open_store, reads
from buildtimetrend.store.base import Store
from buildtimetrend.tasks import Retries, open_tasks
from buildtimetrend.tasks.queue import utc_now

TASKS = 200
BUILDS = 2000
THREADS = 8
SETTINGS = Settings.of(travis_delay=0, sweep_interval=0, workers=THREADS, loglevel="ERROR")


def main() -> None:
    logging_setup.set_up(SETTINGS)
    # Redis as it is installed: it need not have a message on disk, the store has the task.
    redis = partial(Redis, durable=False)
    for name, kind in (("redis", redis), ("rabbitmq", RabbitMQ)):
        with tempfile.TemporaryDirectory() as folder:
            times = overheads(Path(folder), kind)
        figure(
            f"celery_overhead_{name}",
            statistics.median(times),
            "ms",
            target=15,
            at_most=True,
            p95=round(sorted(times)[len(times) * 95 // 100], 1),
            tasks=len(times),
        )
    with tempfile.TemporaryDirectory() as folder, simulated.running() as travis_url:
        figure(
            "workers_whole_path",
            whole_path(Path(folder), travis_url),
            "builds/s",
            target=120,
            threads=THREADS,
        )


def overheads(folder: Path, kind: Callable[[Path], Redis | RabbitMQ]) -> list[float]:
    """Milliseconds of each task."""
    with ExitStack() as stack:
        (folder / "postgres").mkdir()
        (folder / "broker").mkdir()
        postgres = stack.enter_context(Postgres(folder / "postgres"))
        broker: Redis | RabbitMQ = kind(folder / "broker")
        stack.enter_context(broker)
        postgres.start()
        broker.start()
        url: str = broker.url
        settings = replace(
            SETTINGS,
            store_url=postgres.url,
            task_queue_broker_url=url,
            task_queue_backend=backend_of(url) or "",
        )
        store = stack.enter_context(opened(settings))
        stack.enter_context(_empty_worker(settings))
        tasks = open_tasks(settings, store, {EMPTY: EmptyCI()}, Retries())
        tasks.start()
        stack.callback(tasks.stop)
        return [_one(store, tasks, number) for number in range(TASKS + 20)][20:]


def _one(store: Store, tasks: object, number: int) -> float:
    ref = BuildRef(EMPTY, EmptyCI.instance, "bench/empty", id=str(number), number=str(number))
    (task,) = tasks.schedule([ref], Origin.REQUEST).result()  # type: ignore[attr-defined]
    begin = time.perf_counter()
    done = "SELECT count(*) AS done FROM task WHERE id = $id AND state = 'done'"
    while store.select(done, {"id": task.id})["done"] != [1]:
        time.sleep(0.001)
    return (time.perf_counter() - begin) * 1000


def whole_path(folder: Path, travis_url: str) -> float:
    """Builds per second of an import, once both workers take part."""
    with ExitStack() as stack:
        settings = stack.enter_context(
            with_services(
                replace(SETTINGS, sections=Settings.of(travis_api_url=travis_url, travis_delay=0.0).sections),
                folder,
                workers=True,
                on_postgres=True,
            )
        )
        store = stack.enter_context(opened(settings))
        provider = open_provider(settings.section("travis"))
        stack.callback(provider.close)
        tasks = open_tasks(settings, store, {"travis": provider}, Retries())
        tasks.start()
        stack.callback(tasks.stop)
        history = simulated.history()
        numbers = history.numbers(simulated.SLUG)[-BUILDS:]  # not yet archived: one request per log
        refs = [
            BuildRef("travis", provider.instance, simulated.SLUG, id=str(build.id), number=str(number))
            for number in numbers
            if (build := history.build(simulated.SLUG, number)) is not None
        ]
        while len(reads.workers(store, utc_now().replace(year=2000))) < 2:
            time.sleep(0.05)
        time.sleep(6)  # by then each knows of the other
        batch = Import("bench", "travis", simulated.SLUG, numbers[0], numbers[-1], utc_now())
        tasks.schedule(refs, Origin.IMPORT, batch=batch).result()
        begin = time.perf_counter()
        while sum(tasks.depth().values()):
            time.sleep(0.1)
        seconds = time.perf_counter() - begin
        stored = store.select("SELECT count(*) AS builds FROM build")["builds"][0]
        if stored != len(refs):
            raise RuntimeError(f"{stored} of {len(refs)} builds were stored")
        return len(refs) / seconds


@contextmanager
def opened(settings: Settings) -> Iterator[Store]:
    store = open_store(settings.store_url)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def _empty_worker(settings: Settings) -> Iterator[None]:
    worker = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.empty_worker"],
        env={"PATH": "", **environment(settings), "PYTHONPATH": ":".join(sys.path)},
    )
    try:
        yield
    finally:
        worker.terminate()
        worker.wait()


if __name__ == "__main__":
    main()
