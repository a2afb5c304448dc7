"""SIGTERM ends a process soon, whatever a CI drips or does not say; what it did is done after the restart."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import httpx
import pytest

from buildtimetrend.brokers import backend_of
from buildtimetrend.demo.backing_services import Worker, environment
from buildtimetrend.demo.history import History
from buildtimetrend.demo.process import TravisProcess
from buildtimetrend.settings import Settings
from buildtimetrend.store import open_store
from tests.e2e.processes import Service
from tests.servers import postgres
from tests.tasks.kinds import broker_url
from tests.tasks.providers import eventually

SLUG = "simulated/boxes"
BUILDS = 12
LOGS = "/archive/*"  # to which the API redirects
THREADS = 4
SOON = 30.0  # seconds


@pytest.fixture
def travis() -> Iterator[TravisProcess]:
    with TravisProcess(History(1, 1_780_000_000)) as running:
        yield running


@dataclass
class Stopped:
    """The process that collects builds, and the store that it leaves."""

    stop: Callable[[], object]
    start: Callable[[], None]
    service: Service
    store_url: str


@pytest.fixture
def collecting(
    kind: str, travis: TravisProcess, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Stopped]:
    with ExitStack() as stack:
        url = f"duckdb:///{tmp_path / 'store.duckdb'}"
        if kind != "threads":
            url = stack.enter_context(postgres.schema(request.getfixturevalue("postgres_server").url))
        settings = Settings.of(
            store_url=url,
            task_queue_broker_url=(broker := broker_url(kind, request)),
            task_queue_backend=backend_of(broker) or "",
            travis_api_url=travis.url,
            travis_delay=0.1,
            multi_import_delay=0.0,
            sweep_interval=2.0,
            workers=THREADS,
            loglevel="INFO",
        )
        known = {key: value for key, value in environment(settings).items() if key != "PORT"}
        service = stack.enter_context(Service(tmp_path, known))
        if not settings.task_queue_broker_url:
            yield Stopped(service.stop, service.start, service, url)
            return
        worker = Worker(settings, tmp_path, "worker")
        stack.callback(worker.kill)
        worker.start()
        yield Stopped(worker.stop, worker.start, service, url)


@pytest.mark.parametrize(
    ("kind", "trouble", "path"),
    [
        ("threads", "endless_slow", LOGS),
        ("threads", "never_answer", "*"),
        ("shared", "endless_slow", LOGS),
        ("redis", "endless_slow", LOGS),
        ("rabbitmq", "never_answer", LOGS),
    ],
)
def test_sigterm_gives_up_what_drips_and_the_next_process_collects_it(
    collecting: Stopped, travis: TravisProcess, trouble: str, path: str
) -> None:
    travis.control("/_misbehave", path=path, kind=trouble, times=10_000, seconds=0.5)
    ask = httpx.post(f"{collecting.service.url}/travis/{SLUG}/1/{BUILDS}", timeout=30)
    alone = httpx.post(f"{collecting.service.url}/travis/{SLUG}/{BUILDS + 1}", timeout=30)
    assert {ask.status_code, alone.status_code} == {202}
    eventually(lambda: dripping(travis) >= (THREADS if path == LOGS else 1), 60)

    began = time.monotonic()
    collecting.stop()
    took = time.monotonic() - began
    print(f"{trouble}: {took:.1f} s")
    assert took < SOON

    assert tasks(collecting.store_url) == {("waiting", 0)}
    httpx.delete(f"{travis.url}/_misbehave", timeout=30).raise_for_status()
    collecting.start()
    eventually(lambda: open_tasks(collecting.service) == 0, 120)
    collecting.service.stop()
    assert tasks(collecting.store_url) <= {("done", 1), ("absent", 1)}


def dripping(travis: TravisProcess) -> int:
    """How many logs were asked for; or whatever else, where it came to none."""
    asked: dict[str, int] = httpx.get(f"{travis.url}/_requests", timeout=30).json()
    return sum(fnmatch(path, LOGS) for path in asked) or min(1, len(asked))


def open_tasks(service: Service) -> int:
    """Those that were asked for: sweeps find more builds at any time."""
    queue = httpx.get(f"{service.url}/api/v1/queue", timeout=30).json()
    return sum(int(count) for name, count in queue["tasks"].items() if not name.endswith(".sweep"))


def tasks(url: str) -> set[tuple[object, object]]:
    """States of all tasks that were asked for, with how often they were tried."""
    with closing(open_store(url)) as store:
        found = store.select("SELECT state, tries FROM task WHERE origin <> 'sweep'")
    return set(zip(found["state"], found["tries"], strict=True))
