"""Services and workers as processes of their own, on PostgreSQL and a broker, any of which may be killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from buildtimetrend.brokers import backend_of
from buildtimetrend.demo.backing_services import Worker, environment
from buildtimetrend.demo.history import History
from buildtimetrend.demo.process import TravisProcess
from buildtimetrend.demo.server import TOKEN
from buildtimetrend.demo.servers.postgres import Postgres
from buildtimetrend.demo.servers.process import Server
from buildtimetrend.settings import Settings
from buildtimetrend.store import open_store
from tests.e2e.processes import Service
from tests.servers import postgres
from tests.servers.fixtures import new_postgres, new_rabbitmq, new_redis
from tests.tasks.providers import eventually

NOW = 1_780_000_000
SLUGS = ("simulated/boxes", "simulated/streams")
BUILDS = 40  # of each

ROWS = {
    "build": "SELECT slug, to_jsonb(build) - 'repo_id' FROM build JOIN repo ON repo.id = repo_id",
    "job": "SELECT slug, to_jsonb(job) - 'repo_id' - 'job_key' FROM job JOIN repo ON repo.id = repo_id",
    "step": """
        SELECT slug, job.job_id, job.attempt, to_jsonb(step) - 'repo_id' - 'job_key'
        FROM step JOIN job USING (repo_id, job_key) JOIN repo ON repo.id = repo_id
    """,
}


@pytest.fixture(scope="module")
def travis() -> Iterator[TravisProcess]:
    with TravisProcess(History(1, NOW)) as running:
        yield running


@dataclass
class Site:
    """Services and workers on one database and one broker."""

    folder: Path
    travis: TravisProcess
    database: str
    broker: str = ""
    stack: ExitStack = field(default_factory=ExitStack)

    def settings(self) -> Settings:
        return Settings.of(
            store_url=self.database,
            task_queue_broker_url=self.broker,
            task_queue_backend=backend_of(self.broker) or "",
            travis_api_url=self.travis.url,
            travis_token=TOKEN,
            travis_delay=0.1,
            multi_import_delay=0.05,
            multi_import_max_builds=1000,
            sweep_interval=0,
            loglevel="INFO",
        )

    def service(self, name: str) -> Service:
        folder = self.folder / name
        folder.mkdir()
        known = {key: value for key, value in environment(self.settings()).items() if key != "PORT"}
        return self.stack.enter_context(Service(folder, known))

    def worker(self, name: str) -> Worker:
        worker = Worker(self.settings(), self.folder, name)
        self.stack.callback(worker.kill)
        worker.start()
        return worker

    def count(self, sql: str) -> int:
        with psycopg.connect(self.database) as connection:
            row = connection.execute(sql).fetchone()
            assert row is not None
            return int(row[0])

    def builds(self) -> int:
        return self.count("SELECT count(*) FROM build")

    def open_tasks(self) -> int:
        return self.count("SELECT count(*) FROM task WHERE state IN ('waiting', 'running')")

    def rows(self) -> dict[str, list[str]]:
        with psycopg.connect(self.database) as connection:
            return {name: sorted(str(row) for row in connection.execute(sql)) for name, sql in ROWS.items()}


@pytest.fixture(scope="module")
def expected(
    travis: TravisProcess, postgres_server: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[str]]:
    """The rows of an undisturbed run: one service, no broker."""
    with postgres.schema(postgres_server.url) as url, ExitStack() as stack:
        site = Site(tmp_path_factory.mktemp("undisturbed"), travis, url, stack=stack)
        service = site.service("service")
        for slug in SLUGS:
            start_import(service, slug)
        eventually(lambda: not site.open_tasks(), 60)
        rows = site.rows()
    assert len(rows["step"]) > len(rows["job"]) > len(rows["build"]) > 1.8 * BUILDS
    return rows


def start_import(service: Service, slug: str) -> None:
    answer = httpx.post(f"{service.url}/travis/{slug}/1/{BUILDS}", timeout=30)
    assert answer.status_code == 202, answer.text


def new_broker(kind: str, folder: Path) -> Any:
    folder.mkdir()
    return new_redis(folder, durable=False) if kind == "redis" else new_rabbitmq(folder)


@pytest.fixture
def database() -> Iterator[Postgres]:
    with new_postgres() as server:
        yield server


@pytest.mark.parametrize("kind", ["redis", "rabbitmq"])
def test_whatever_is_killed_during_an_import_nothing_is_lost_or_doubled(
    kind: str,
    travis: TravisProcess,
    expected: dict[str, list[str]],
    database: Postgres,
    tmp_path: Path,
) -> None:
    with new_broker(kind, tmp_path / "broker") as broker, ExitStack() as stack:
        site = Site(tmp_path, travis, database.url, broker.url, stack)
        service = site.service("service")
        first = site.worker("first")
        site.worker("second")
        for slug in SLUGS:
            start_import(service, slug)

        def again(server: Server | Service) -> Callable[[], None]:
            return lambda: (server.kill(), server.start())[1]

        killed = [first.kill, again(broker), again(service), again(database)]
        for number, kill in enumerate(killed, 1):
            eventually(lambda: site.builds() >= number * 2 * BUILDS / 6, 90)  # noqa: B023 - called at once
            kill()
        site.worker("third")
        eventually(lambda: not site.open_tasks(), 120)
        assert site.rows() == expected


@pytest.mark.parametrize("kind", ["redis", "rabbitmq"])
def test_a_notification_while_the_broker_is_down_is_accepted_and_collected_when_it_is_back(
    kind: str, travis: TravisProcess, postgres_server: Postgres, tmp_path: Path
) -> None:
    with (
        new_broker(kind, tmp_path / "broker") as broker,
        postgres.schema(postgres_server.url) as url,
        ExitStack() as stack,
    ):
        site = Site(tmp_path, travis, url, broker.url, stack)
        service = site.service("service")
        site.worker("worker")
        number = travis.history.numbers(SLUGS[0])[-1]
        broker.kill()
        assert travis.notify(f"{service.url}/travis", SLUGS[0], number) == 202
        ready = httpx.get(f"{service.url}/readyz")
        assert ready.status_code == 200
        eventually(lambda: httpx.get(f"{service.url}/readyz").json().get("broker") == "away", 30)
        assert site.builds() == 0
        broker.start()
        eventually(lambda: site.builds() == 1 and not site.open_tasks(), 60)


def test_two_services_and_two_workers_hammered_together_agree_with_an_undisturbed_run(
    travis: TravisProcess, expected: dict[str, list[str]], postgres_server: Postgres, tmp_path: Path
) -> None:
    with (
        new_broker("redis", tmp_path / "broker") as broker,
        postgres.schema(postgres_server.url) as url,
        ExitStack() as stack,
    ):
        site = Site(tmp_path, travis, url, broker.url, stack)
        services = [site.service("one"), site.service("two")]
        for name in ("first", "second"):
            site.worker(name)
        for service, slug in zip(services, SLUGS, strict=True):
            start_import(service, slug)
        for slug in SLUGS:
            for number in [n for n in travis.history.numbers(slug) if n <= BUILDS][::6]:
                for service in services:  # the CI may send it twice, and the builds are imported, too
                    assert travis.notify(f"{service.url}/travis", slug, number) == 202
        eventually(lambda: not site.open_tasks(), 120)
        assert site.rows() == expected
        # What workers stored, both services show.
        for service in services:
            names = httpx.get(f"{service.url}/api/v1/projects", timeout=30).text
            assert all(slug in names for slug in SLUGS)


def test_a_worker_that_is_told_to_end_finishes_what_it_does(
    travis: TravisProcess, redis_server: Any, postgres_server: Postgres, tmp_path: Path
) -> None:
    with postgres.schema(postgres_server.url) as url, ExitStack() as stack:
        site = Site(tmp_path, travis, url, redis_server.url, stack)
        service = site.service("service")
        worker = site.worker("worker")
        start_import(service, SLUGS[0])
        eventually(lambda: site.builds() > 5, 60)
        worker.stop()
        assert site.count("SELECT count(*) FROM task WHERE state = 'running'") == 0
        store = open_store(url)
        stack.callback(store.close)
        assert store.select("SELECT count(*) AS workers FROM worker") == {"workers": [0]}


def test_without_a_broker_another_service_goes_on_with_what_a_killed_one_had(
    travis: TravisProcess, expected: dict[str, list[str]], postgres_server: Postgres, tmp_path: Path
) -> None:
    with postgres.schema(postgres_server.url) as url, ExitStack() as stack:
        site = Site(tmp_path, travis, url, stack=stack)
        killed = site.service("killed")
        site.service("other")
        for slug in SLUGS:
            start_import(killed, slug)
        eventually(lambda: site.builds() > BUILDS / 2, 60)
        killed.kill()
        eventually(lambda: not site.open_tasks(), 90)
        assert site.rows() == expected
