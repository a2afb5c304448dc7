"""Services and workers that start before what they need: real servers that come later, never, or refuse."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import redis as redis_client

from buildtimetrend.demo.history import History
from buildtimetrend.demo.process import TravisProcess
from buildtimetrend.demo.servers.process import Server, accepts
from buildtimetrend.demo.servers.rabbitmq import RabbitMQ
from buildtimetrend.demo.servers.redis import Redis
from tests.e2e.processes import ROOT, Running, Service
from tests.servers import postgres
from tests.servers.fixtures import new_postgres, new_rabbitmq, new_redis
from tests.tasks.providers import eventually

SLUG = "simulated/boxes"
TOKEN = "s3cret-s3cret-s3cret"
LONG = {"BTT_START_WAIT": "600"}  # nothing here waits for its end
SERVE = (sys.executable, str(ROOT / "service.py"))
SERVE_COMMAND = (sys.executable, "-m", "buildtimetrend", "serve")
WORKER = (sys.executable, "-m", "buildtimetrend", "worker")
WORKER_SCRIPT = (str(ROOT / "utils" / "start_worker.sh"),)
NOWHERE = "127.0.0.1:1"  # refuses connections
REDIS = {"BTT_REDIS_URL": f"redis://{NOWHERE}/0"}
RABBITMQ = {"BTT_AMQP_URL": f"amqp://guest:{TOKEN}@{NOWHERE}//"}
POSTGRES = {"BTT_STORE_URL": f"postgresql://ann:{TOKEN}@{NOWHERE}/btt"}
INSTANCE = {"BTT_STORE_URL": f"http://{NOWHERE}", "BTT_STORE_TOKEN": TOKEN}


@pytest.fixture(scope="module")
def travis() -> Iterator[TravisProcess]:
    with TravisProcess(History(1, 1_780_000_000)) as running:
        yield running


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@dataclass
class Process:
    """A command under way; its log is a file."""

    running: Running
    log: Path

    def events(self, event: str) -> list[dict[str, Any]]:
        lines = [line for line in self.text().splitlines() if line.startswith("{")]
        return [found for line in lines if (found := json.loads(line))["event"] == event]

    def waits_for(self, what: str) -> bool:
        assert self.running.poll() is None, self.text()
        return any(what in event["waits_for"] for event in self.events("start.waits"))

    def text(self) -> str:
        # The last line may be under way.
        return "".join(
            line for line in self.log.read_text(encoding="utf-8").splitlines(True) if line[-1:] == "\n"
        )


def environment(folder: Path, *given: Mapping[str, str]) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("BTT_", "TRAVIS_"))}
    basis = {"PORT": "0", "PYTHON": sys.executable, "XDG_DATA_HOME": str(folder / "data")}
    basis |= {"BTT_LOGLEVEL": "INFO", "BTT_CONFIG": ""}
    return own | basis | {name: value for each in given for name, value in each.items()}


@contextmanager
def begun(folder: Path, command: Sequence[str], *given: Mapping[str, str]) -> Iterator[Process]:
    log = folder / "process.log"
    with log.open("wb") as file:
        running = subprocess.Popen(
            command, cwd=folder, env=environment(folder, *given), stdout=file, stderr=file
        )
    try:
        yield Process(running, log)
    finally:
        running.kill()
        running.wait()


def ended(folder: Path, command: Sequence[str], *given: Mapping[str, str]) -> tuple[int, list[str]]:
    """The exit code, and what was said."""
    ran = subprocess.run(
        command,
        cwd=folder,
        env=environment(folder, *given),
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return ran.returncode, (ran.stdout + ran.stderr).splitlines()


def stopped(server: Server) -> Server:
    """The server, not started: its place is known."""
    server.kill()
    return server


def new_broker(kind: str, folder: Path, stack: ExitStack) -> Redis | RabbitMQ:
    own = folder / kind
    own.mkdir()
    if kind == "redis":
        stack.enter_context(redis := new_redis(own))
        return redis
    stack.enter_context(rabbitmq := new_rabbitmq(own))
    return rabbitmq


def variable(broker: Redis | RabbitMQ) -> dict[str, str]:
    return {"BTT_REDIS_URL" if isinstance(broker, Redis) else "BTT_AMQP_URL": broker.url}


def fast(travis: TravisProcess) -> dict[str, str]:
    return {
        "BTT_TRAVIS_API_URL": travis.url,
        "BTT_TRAVIS_DELAY": "0.1",
        "BTT_MULTI_DELAY": "0",
        "BTT_SWEEP_INTERVAL": "0",
    }


def import_two(service: Service, token: str = "") -> None:
    """Two builds are asked for, collected and stored."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = httpx.post(f"{service.url}/travis/{SLUG}/1/2", headers=headers, timeout=30)
    assert answer.status_code == 202, answer.text

    def done() -> bool:
        [batch] = httpx.get(f"{service.url}/api/v1/imports", timeout=30).json()["imports"]
        return bool(batch["done"] == 2)

    eventually(done, 60)


def test_a_service_that_starts_before_its_database_says_so_and_works_when_it_is_there(
    tmp_path: Path, travis: TravisProcess, stack: ExitStack
) -> None:
    database = stack.enter_context(new_postgres())
    stopped(database)
    service = Service(tmp_path, {**fast(travis), **LONG, "BTT_STORE_URL": database.url})
    service.begin()
    stack.callback(service.kill)
    process = Process(service.process, service.log)
    eventually(lambda: process.waits_for("the store postgresql://postgres@127.0.0.1"), 60)
    assert not accepts(service.port)
    first = process.events("start.waits")[0]
    assert first["level"] == "warning"
    assert "Connection refused" in first["reason"]
    assert 0 < first["again_in"] <= 1
    assert 500 < first["gives_up_in"] <= 600
    database.start()
    service.wait_until_ready()
    assert process.events("start.goes_on")
    import_two(service)


@pytest.mark.parametrize("kind", ["redis", "rabbitmq"])
def test_a_worker_that_starts_before_database_and_broker_works_when_they_are_there(
    kind: str, tmp_path: Path, travis: TravisProcess, stack: ExitStack
) -> None:
    database = stack.enter_context(new_postgres())
    broker = new_broker(kind, tmp_path, stack)
    for server in (database, broker):
        stopped(server)
    given = {**fast(travis), **LONG, **variable(broker), "BTT_STORE_URL": database.url}
    worker = stack.enter_context(begun(tmp_path, WORKER_SCRIPT, given))
    eventually(lambda: worker.waits_for("the store postgresql://"), 60)
    database.start()
    eventually(lambda: worker.waits_for(f"the broker {'redis' if kind == 'redis' else 'amqp'}://127.0"), 60)
    assert "This worker collects builds" not in worker.text()
    broker.start()
    eventually(lambda: "This worker collects builds" in worker.text(), 60)
    service = stack.enter_context(Service(tmp_path, given))
    import_two(service)


def test_a_worker_that_pushes_waits_for_the_service_that_it_pushes_to(
    tmp_path: Path, travis: TravisProcess, stack: ExitStack, redis_server: Redis
) -> None:
    redis_client.Redis.from_url(redis_server.url).flushdb()
    given = {**fast(travis), **LONG, **variable(redis_server)}
    service = Service(tmp_path, {**given, "BTT_TASK_QUEUE_PUSH": "1", "BTT_ADMIN_TOKEN": TOKEN})
    worker = stack.enter_context(
        begun(tmp_path, WORKER, given, {"BTT_STORE_URL": service.url, "BTT_STORE_TOKEN": TOKEN})
    )
    eventually(lambda: worker.waits_for(f"the store {service.url}"), 60)
    stack.enter_context(service)
    eventually(lambda: "This worker collects builds" in worker.text(), 60)
    import_two(service, TOKEN)


def test_a_service_whose_data_another_keeps_waits_for_that_one(tmp_path: Path, stack: ExitStack) -> None:
    (there := tmp_path / "there").mkdir()
    keeper = Service(there, {"BTT_ADMIN_TOKEN": TOKEN, "BTT_SWEEP_INTERVAL": "0"})
    pushing = Service(tmp_path, {**LONG, "BTT_STORE_URL": keeper.url, "BTT_STORE_TOKEN": TOKEN})
    pushing.begin()
    stack.callback(pushing.kill)
    process = Process(pushing.process, pushing.log)
    eventually(lambda: process.waits_for(f"the store {keeper.url}"), 60)
    assert not accepts(pushing.port)
    stack.enter_context(keeper)
    pushing.wait_until_ready()


def test_a_service_starts_without_its_broker_and_says_so(
    tmp_path: Path, postgres_server: postgres.Postgres
) -> None:
    with (
        postgres.schema(postgres_server.url) as url,
        Service(tmp_path, {**REDIS, **LONG, "BTT_STORE_URL": url}) as service,
    ):
        assert "broker.away" in service.log.read_text(encoding="utf-8")
        assert httpx.get(f"{service.url}/readyz", timeout=30).json() == {"status": "ready", "broker": "away"}


@pytest.mark.parametrize(
    ("command", "given", "what"),
    [
        (SERVE, POSTGRES, f"the store postgresql://ann@{NOWHERE}/btt"),
        (SERVE_COMMAND, INSTANCE, f"the store http://{NOWHERE}"),
        (WORKER, {**POSTGRES, **REDIS}, f"the store postgresql://ann@{NOWHERE}/btt"),
        (WORKER_SCRIPT, {**INSTANCE, **REDIS}, f"the store http://{NOWHERE}"),
    ],
)
def test_who_waits_in_vain_ends_with_one_line(
    command: Sequence[str], given: Mapping[str, str], what: str, tmp_path: Path
) -> None:
    code, said = ended(tmp_path, command, given, {"BTT_START_WAIT": "1.5"})
    assert code == 1
    *before, last = said
    assert last.startswith("buildtimetrend: Gave up after ")
    assert f"waiting for {what}. " in last
    assert [json.loads(line)["event"] for line in before] == ["start.waits"] * len(before)
    assert before
    assert TOKEN not in "".join(said)


@pytest.mark.parametrize("broker", [REDIS, RABBITMQ], ids=["redis", "rabbitmq"])
def test_a_worker_waits_in_vain_for_a_broker_and_ends_with_one_line(
    broker: Mapping[str, str], tmp_path: Path, postgres_server: postgres.Postgres
) -> None:
    with postgres.schema(postgres_server.url) as url:
        code, said = ended(tmp_path, WORKER, broker, {"BTT_STORE_URL": url, "BTT_START_WAIT": "3"})
    assert code == 1
    assert said[-1].startswith("buildtimetrend: Gave up after ")
    assert f"://{NOWHERE}/" in said[-1]
    assert [json.loads(line)["event"] for line in said[:-1]] == ["start.waits"] * (len(said) - 1)
    assert TOKEN not in "".join(said)


@pytest.mark.parametrize(
    ("away", "scheme", "command", "number"),
    [
        ("refused", "postgresql", SERVE, signal.SIGTERM),
        ("refused", "http", WORKER_SCRIPT, signal.SIGINT),
        ("silent", "postgresql", SERVE, signal.SIGINT),
        ("silent", "postgresql", WORKER_SCRIPT, signal.SIGTERM),
        ("silent", "http", WORKER, signal.SIGTERM),
    ],
)
def test_a_signal_ends_the_wait_at_once(
    away: str, scheme: str, command: Sequence[str], number: int, tmp_path: Path, stack: ExitStack
) -> None:
    silent = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=50))
    silent.settimeout(60)
    host = NOWHERE if away == "refused" else f"127.0.0.1:{silent.getsockname()[1]}"
    process = stack.enter_context(
        begun(tmp_path, command, LONG, REDIS, {"BTT_STORE_URL": f"{scheme}://{host}"})
    )
    if away == "refused":
        eventually(lambda: process.waits_for("the store"), 60)
    else:  # it connects, and is never told a word
        stack.enter_context(silent.accept()[0])
    told = time.monotonic()
    process.running.send_signal(number)
    assert process.running.wait(timeout=60) == 0
    assert time.monotonic() - told < 4
    assert "Traceback" not in process.text()


def strict_postgres() -> postgres.Private:
    """Lets `postgres` in, and others by password."""
    server = postgres.Private()
    (server.folder / "data" / "pg_hba.conf").write_text(
        "host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
    )
    server.start()
    return server


@pytest.mark.parametrize(
    ("command", "user", "database", "said"),
    [
        (SERVE, f"ann:{TOKEN}", "postgres", "password authentication failed"),
        (WORKER, "ann", "postgres", "no password supplied"),
        (SERVE, "postgres", "nothere", 'database "nothere" does not exist'),
        (WORKER, "postgres", "nothere", 'database "nothere" does not exist'),
    ],
)
def test_a_database_that_refuses_ends_the_start_at_once(
    command: Sequence[str], user: str, database: str, said: str, tmp_path: Path, stack: ExitStack
) -> None:
    if postgres.programs() is None:
        new_postgres()  # says what is missing
    server = stack.enter_context(strict_postgres())
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE ROLE ann LOGIN PASSWORD 'another'")
    url = f"postgresql://{user}@127.0.0.1:{server.port}/{database}"
    code, lines = ended(tmp_path, command, LONG, REDIS, {"BTT_STORE_URL": url})
    assert code == 1
    [line] = lines
    assert line.startswith("buildtimetrend: Cannot reach the store postgresql://")
    assert said in line
    assert "Correct store.url" in line
    assert TOKEN not in line


def test_an_instance_that_refuses_the_token_ends_the_start_at_once(tmp_path: Path) -> None:
    (there := tmp_path / "there").mkdir()
    with Service(there, {"BTT_ADMIN_TOKEN": TOKEN}) as keeper:
        given = {"BTT_STORE_URL": keeper.url, "BTT_STORE_TOKEN": "another"}
        for command in (SERVE, WORKER):
            code, [line] = ended(tmp_path, command, LONG, REDIS, given)
            assert code == 1
            assert "Set store.token (BTT_STORE_TOKEN)" in line


def refused(url: str, folder: Path, store: str, command: Sequence[str], said: str) -> None:
    given = {"BTT_REDIS_URL" if url.startswith("redis") else "BTT_AMQP_URL": url}
    code, lines = ended(folder, command, LONG, given, {"BTT_STORE_URL": store})
    assert code == 1
    [own] = [line for line in lines if not line.startswith("{")]
    assert own.startswith("buildtimetrend: The broker ")
    assert said in own
    assert not any("start.waits" in line for line in lines)
    assert TOKEN not in "".join(lines)


def test_a_redis_that_refuses_ends_the_start_at_once(
    tmp_path: Path, postgres_server: postgres.Postgres, stack: ExitStack
) -> None:
    server = stack.enter_context(new_redis(tmp_path))
    store = stack.enter_context(postgres.schema(postgres_server.url))
    with redis_client.Redis.from_url(server.url) as client:
        client.config_set("requirepass", "pw")
    place = f"127.0.0.1:{server.port}"
    refused(f"redis://:{TOKEN}@{place}/0", tmp_path, store, SERVE, "invalid username-password pair")
    refused(f"redis://:{TOKEN}@{place}/0", tmp_path, store, WORKER, "invalid username-password pair")
    refused(f"redis://{place}/0", tmp_path, store, WORKER, "Authentication required")
    refused(f"redis://:pw@{place}/999", tmp_path, store, WORKER, "DB index is out of range")


def test_a_rabbitmq_that_refuses_ends_the_start_at_once(
    tmp_path: Path,
    postgres_server: postgres.Postgres,
    rabbitmq_server: RabbitMQ,
    stack: ExitStack,
) -> None:
    store = stack.enter_context(postgres.schema(postgres_server.url))
    place = f"127.0.0.1:{rabbitmq_server.port}"
    refused(f"amqp://guest:{TOKEN}@{place}//", tmp_path, store, SERVE, "ACCESS_REFUSED")
    refused(f"amqp://guest:{TOKEN}@{place}//", tmp_path, store, WORKER, "ACCESS_REFUSED")
    refused(f"amqp://guest:guest@{place}/nothere", tmp_path, store, WORKER, "vhost nothere not found")


def test_a_database_that_still_starts_is_waited_for(tmp_path: Path, stack: ExitStack) -> None:
    if postgres.programs() is None:
        new_postgres()
    database = stack.enter_context(postgres.Private("hot_standby = off"))
    standby = database.folder / "data" / "standby.signal"
    standby.touch()  # it recovers for ever, and refuses clients meanwhile
    ready, database._ready = database._ready, lambda: accepts(database.port)
    database.start()
    service = Service(tmp_path, {**LONG, "BTT_STORE_URL": database.url})
    service.begin()
    stack.callback(service.kill)
    process = Process(service.process, service.log)
    eventually(lambda: process.waits_for("the store"), 60)
    assert "the database system is" in process.events("start.waits")[0]["reason"]
    database.stop()
    standby.unlink()
    database._ready = ready
    database.start()
    service.wait_until_ready()


def test_a_database_that_takes_no_more_clients_is_waited_for(tmp_path: Path, stack: ExitStack) -> None:
    full = "max_connections = 20\nsuperuser_reserved_connections = 0"
    database = stack.enter_context(new_postgres(full))
    service = Service(tmp_path, {**LONG, "BTT_STORE_URL": database.url})
    with ExitStack() as clients:
        for _ in range(20):
            clients.enter_context(psycopg.connect(database.url))
        service.begin()
        stack.callback(service.kill)
        process = Process(service.process, service.log)
        eventually(lambda: process.waits_for("the store"), 60)
        assert "too many clients" in process.events("start.waits")[0]["reason"]
    service.wait_until_ready()
