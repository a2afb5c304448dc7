"""The way to PostgreSQL swallows for a while: service and worker say so, end when told to, and go on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from buildtimetrend.demo.history import History
from buildtimetrend.demo.process import TravisProcess
from tests.e2e.test_workers import SLUGS, Site
from tests.servers import postgres
from tests.servers.swallowing import SwallowingProxy
from tests.tasks.providers import eventually

HOOKS = 12
# Seconds. A CI waits ten for the answer to a notification; the rest is for a busy machine.
ANSWERED = 14
ENDED = 30


@pytest.fixture(scope="module")
def travis() -> Iterator[TravisProcess]:
    with TravisProcess(History(1, 1_780_000_000)) as running:
        yield running


@pytest.fixture(params=["redis", "rabbitmq"])
def broker(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(f"{request.param}_server")


def test_while_the_way_to_postgresql_swallows_all_is_answered_and_afterwards_all_goes_on(
    travis: TravisProcess, broker: Any, postgres_server: postgres.Postgres, tmp_path: Path
) -> None:
    with (
        postgres.schema(postgres_server.url) as url,
        SwallowingProxy(postgres_server.port) as proxy,
        ExitStack() as stack,
    ):
        behind = url.replace(f":{postgres_server.port}/", f":{proxy.port}/")
        site = Site(tmp_path, travis, behind, broker.url, stack)
        service, worker, ended = site.service("service"), site.worker("worker"), site.worker("ended")
        numbers = travis.history.numbers(SLUGS[0])[: 2 * HOOKS]
        for name in ("worker", "ended"):
            eventually(partial(_is_ready, tmp_path / f"{name}.log"), 60)

        def notify(number: int) -> tuple[int, float]:
            began = time.monotonic()
            return travis.notify(f"{service.url}/travis", SLUGS[0], number), time.monotonic() - began

        assert [notify(number)[0] for number in numbers[:HOOKS]] == [202] * HOOKS
        proxy.swallow()  # while builds are collected
        with ThreadPoolExecutor(HOOKS) as pool:
            answers = list(pool.map(notify, numbers[HOOKS:]))
        assert {status for status, _ in answers} == {503}
        assert max(seconds for _, seconds in answers) < ANSWERED
        for _ in range(3):
            began = time.monotonic()
            assert httpx.get(f"{service.url}/readyz", timeout=60).status_code == 503
            assert time.monotonic() - began < ANSWERED
        began = time.monotonic()
        ended._process.terminate()  # type: ignore[union-attr]
        ended._process.wait(ENDED)  # type: ignore[union-attr]
        proxy.pass_on()
        eventually(service.ready, 60)
        eventually(lambda: {notify(number)[0] for number in numbers[HOOKS:]} == {202}, 60)
        with psycopg.connect(url) as database:
            eventually(lambda: _open_tasks(database) == 0, 120)
            builds = database.execute("SELECT count(*), count(DISTINCT number) FROM build").fetchone()
            # Neither a build that was acknowledged is missing, nor is one there twice.
            assert builds is not None
            assert builds[1] == 2 * HOOKS
            [deliveries] = database.execute("SELECT count(*) FROM delivery").fetchone() or [0]
            assert deliveries == 2 * HOOKS
        proxy.swallow()
        began = time.monotonic()
        assert service.stop() == 0
        worker.stop()
        assert time.monotonic() - began < 2 * ENDED
        proxy.pass_on()


def _is_ready(log: Path) -> bool:
    return " ready." in log.read_text(encoding="utf-8")


def _open_tasks(database: psycopg.Connection[Any]) -> int:
    found = database.execute("SELECT count(*) FROM task WHERE state IN ('waiting', 'running')").fetchone()
    database.rollback()
    return int(found[0]) if found else 0
