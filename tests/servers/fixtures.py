"""The servers as fixtures: started once per run, at the first test that asks for one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from buildtimetrend.demo.servers import rabbitmq, redis
from tests.servers import citus, postgres
from tests.servers.schemas import Schemas


def missing(what: str) -> None:
    """A server is not there: a failure where BTT_TEST_REQUIRE_SERVICES says so, else a skipped test."""
    if os.environ.get("BTT_TEST_REQUIRE_SERVICES") == "1":
        pytest.fail(what, pytrace=False)
    pytest.skip(what)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Postgres]:
    with new_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_schemas(postgres_server: postgres.Postgres) -> Iterator[Schemas]:
    with closing(Schemas(postgres_server.url)) as schemas:
        yield schemas


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[redis.Redis]:
    with new_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="session")
def rabbitmq_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[rabbitmq.RabbitMQ]:
    with new_rabbitmq(tmp_path_factory.mktemp("rabbitmq")) as server:
        yield server


@pytest.fixture(scope="session")
def citus_url() -> str:
    url = citus.url()
    if url is None:
        missing("no Citus: BTT_TEST_CITUS_URL does not name a coordinator")
    assert url is not None
    return url


@pytest.fixture(scope="session")
def citus_schemas(citus_url: str) -> Iterator[Schemas]:
    with closing(Schemas(citus_url)) as schemas:
        yield schemas


def new_postgres(settings: str = "") -> postgres.Postgres:
    """A started server of the caller's own, for a test that kills it."""
    if postgres.programs() is None:
        missing("no PostgreSQL: Debian's package postgresql has it")
    server = postgres.Private(settings)
    server.start()
    return server


def new_citus() -> citus.Cluster:
    """A started cluster of the caller's own, for a test that kills servers of it."""
    starter = citus.starter()
    if starter is None:
        missing("no Citus of a test's own: BTT_TEST_CITUS_START names no command that starts one")
    assert starter is not None
    return citus.Cluster(starter)


def new_redis(folder: Path, *, durable: bool = True) -> redis.Redis:
    if redis.program() is None:
        missing("no Redis: Debian's package redis-server has it")
    server = redis.Redis(folder, durable=durable)
    server.start()
    return server


def new_rabbitmq(folder: Path) -> rabbitmq.RabbitMQ:
    if not rabbitmq.installed():
        missing("no RabbitMQ: Debian's package rabbitmq-server has it")
    server = rabbitmq.RabbitMQ(folder)
    server.start()
    return server
