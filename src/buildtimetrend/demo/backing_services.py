"""What the demo runs on besides the service: a database, a broker and workers, private and short-lived."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from buildtimetrend.demo.servers import postgres, rabbitmq, redis
from buildtimetrend.demo.servers.process import Server, free_ports
from buildtimetrend.errors import Error
from buildtimetrend.settings import CONFIG_ENV, ROWS, Settings

WORKERS = 2


@contextmanager
def with_services(
    settings: Settings, folder: Path, *, workers: bool, on_postgres: bool
) -> Iterator[Settings]:
    """The settings of a service that uses what is started here; all of it ends with the context.

    Raises `Error` when a program is missing.
    """
    with ExitStack() as started:
        if on_postgres:
            settings = replace(settings, store_url=started.enter_context(_database(folder / "postgres")))
        if workers:
            url, backend = started.enter_context(_broker(folder))
            settings = replace(settings, task_queue_broker_url=url, task_queue_backend=backend)
            for number in range(1, WORKERS + 1):
                worker = started.enter_context(Worker(settings, folder, f"worker-{number}"))
                worker.start()
        yield settings


class Worker(Server):
    """`buildtimetrend worker` as a process of its own; its log is in the folder."""

    def __init__(self, settings: Settings, folder: Path, name: str) -> None:
        command = [sys.executable, "-m", "buildtimetrend", "worker"]
        super().__init__(name, command, free_ports(1), folder, environment=environment(settings))
        self._ready = lambda: True  # what it cannot take yet waits in the broker

    def close(self) -> None:
        self.stop()


def environment(settings: Settings) -> dict[str, str]:
    """Variables by which another process has these settings; those that none is for are left out."""
    values = {CONFIG_ENV: ""}
    for name, row in ROWS.items():
        value = settings.value(name)
        if row.env and not isinstance(value, tuple):
            for variable in row.env.split(", "):
                values[variable] = ""
            variable = _BROKER[settings.task_queue_backend] if name == "task_queue_broker_url" else row.env
            values[variable] = str(value)
    return values


_BROKER = {"": "BTT_REDIS_URL", "redis": "BTT_REDIS_URL", "amqp": "BTT_AMQP_URL"}


@contextmanager
def _database(folder: Path) -> Iterator[str]:
    if postgres.programs() is None:
        raise Error("There is no PostgreSQL here: initdb and postgres are in Debian's package postgresql.")
    folder.mkdir()
    with postgres.Postgres(folder) as server:
        server.start()
        yield server.url


@contextmanager
def _broker(folder: Path) -> Iterator[tuple[str, str]]:
    """Redis where it is installed, else RabbitMQ: the URL and the backend."""
    if redis.program() is None and not rabbitmq.installed():
        raise Error(
            "There is no broker here: install Redis (Debian's package redis-server) or RabbitMQ "
            "(rabbitmq-server)."
        )
    own = folder / "broker"
    own.mkdir()
    server, backend = (
        (redis.Redis(own), "redis") if redis.program() is not None else (rabbitmq.RabbitMQ(own), "amqp")
    )
    with server:
        server.start()
        yield server.url, backend
