"""Two services share a PostgreSQL database, which is killed while they import."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from buildtimetrend.demo.history import History
from buildtimetrend.demo.process import TravisProcess
from buildtimetrend.store import open_store
from tests.e2e.processes import Service
from tests.servers.fixtures import new_postgres
from tests.servers.process import wait_until
from tests.store.savers import stored

SLUG = "simulated/boxes"
BUILDS = 100
KILLED_AT = (20, 50, 80)  # builds that are stored by then


@pytest.fixture(scope="module")
def travis() -> Iterator[TravisProcess]:
    with TravisProcess(History(1, 1_780_000_000)) as running:
        yield running


def test_a_database_killed_while_two_services_import_loses_and_doubles_nothing(
    tmp_path: Path, travis: TravisProcess
) -> None:
    with service(tmp_path, "embedded", travis) as embedded:
        start_import(embedded)
        wait_until(lambda: open_tasks(embedded) == 0, "the undisturbed import")
    server = new_postgres()
    with (
        server,
        service(tmp_path, "one", travis, BTT_STORE_URL=server.url) as one,
        service(tmp_path, "other", travis, BTT_STORE_URL=server.url) as other,
    ):
        start_import(one)
        for builds in KILLED_AT:
            wait_until(partial(has_stored, server.url, builds), f"{builds} builds")
            server.kill()
            server.start()
        wait_until(lambda: open_tasks(one) == 0, "the import")
        wait_until(lambda: open_tasks(other) == 0, "the other's view of it")
        assert content(server.url) == content(f"duckdb:///{embedded.database}")
    for running in (one, other):
        assert "task.done" in running.log.read_text(encoding="utf-8")


def service(folder: Path, name: str, travis: TravisProcess, **environment: str) -> Service:
    (folder / name).mkdir()
    settings = {
        "BTT_TRAVIS_API_URL": travis.url,
        "BTT_TRAVIS_DELAY": "0.1",
        "BTT_MULTI_DELAY": "0",
        "BTT_MULTI_MAX_BUILDS": "1000",
        "BTT_SWEEP_INTERVAL": "0",
    }
    return Service(folder / name, {**settings, **environment})


def start_import(running: Service) -> None:
    answer = httpx.post(f"{running.url}/travis/{SLUG}/1/{BUILDS}", timeout=30)
    assert answer.status_code == 202, answer.text


def open_tasks(running: Service) -> int | None:
    """None while the service cannot say."""
    answer = httpx.get(f"{running.url}/api/v1/imports", timeout=30)
    if answer.status_code == 503:
        return None
    return sum(int(each["waiting"]) + int(each["running"]) for each in answer.json()["imports"])


def has_stored(url: str, builds: int) -> bool:
    with psycopg.connect(url) as connection:
        return int(connection.execute("SELECT count(*) FROM build").fetchall()[0][0]) >= builds


def content(url: str) -> dict[str, list[Any]]:
    """All rows but those of tasks, whose names are random."""
    with closing(open_store(url)) as store:
        return {table: rows for table, rows in stored(store).items() if table != "task"}
