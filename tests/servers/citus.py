"""Citus clusters: a shared one, with its coordinator at BTT_TEST_CITUS_URL, and private ones, to be killed.

`.ci/run` starts the shared one, and names in BTT_TEST_CITUS_START the command that starts another:
`COMMAND FOLDER PORT` prints the coordinator's URL, `COMMAND --stop FOLDER` ends what it started.

    python -m tests.servers.citus URL

sets a cluster up for tests, which make and drop hundreds of stores.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self
from urllib.parse import urlsplit

import psycopg

from buildtimetrend.demo.servers import postgres
from buildtimetrend.demo.servers.process import accepts, free_ports, wait_until
from tests.servers.postgres import UNHURRIED

SERVERS = ("coordinator", "worker1", "worker2")
# Of a PostgreSQL that is to be one more worker.
SETTINGS = """
shared_preload_libraries = 'citus'
wal_level = logical
max_prepared_transactions = 200
"""


def url() -> str | None:
    return os.environ.get("BTT_TEST_CITUS_URL") or None


def starter() -> str | None:
    return os.environ.get("BTT_TEST_CITUS_START") or None


class Cluster:
    """A coordinator and two workers, of a test's own. `url` is the coordinator's."""

    def __init__(self, starter: str) -> None:
        self._starter = starter
        self._own = TemporaryDirectory(prefix="buildtimetrend-citus-")  # as that of a `postgres.Private`
        folder = Path(self._own.name)
        self._folder = folder / "citus"
        self._port = free_ports(3)
        postgres.opened(folder)
        # As clients of each other they look for certificates at home: a place that they can read.
        self._environment = {**os.environ, "HOME": str(folder)}
        started = subprocess.run(
            [starter, str(self._folder), str(self._port)],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            env=self._environment,
        )
        self.url = started.stdout.strip()
        unhurried(self.url)

    def replicate_logically(self) -> None:
        """What moving shards needs while they are written to; all servers start anew."""
        for name in SERVERS:
            with (self._folder / name / "postgresql.conf").open("a") as file:
                file.write("wal_level = logical\n")
            assert self._control(name, "-m", "fast", "restart")

    def database(self, name: str) -> str:
        """Another database on all servers, which is as yet a plain one; the URL of the coordinator's."""
        for port in self._ports():
            run(self._url(port, "postgres"), f"CREATE DATABASE {name}")
        return self._url(self._port, name)

    def install(self, name: str) -> None:
        """Make a cluster of the database."""
        for port in self._ports():
            run(self._url(port, name), "CREATE EXTENSION citus")
        run(self._url(self._port, name), f"SELECT citus_set_coordinator_host('127.0.0.1', {self._port})")
        for port in self._ports()[1:]:
            run(self._url(self._port, name), f"SELECT citus_add_node('127.0.0.1', {port})")

    def add_worker(self, server: postgres.Postgres) -> None:
        """A server with `SETTINGS` becomes one more."""
        run(server.url, "CREATE EXTENSION citus")
        run(self.url, f"SELECT citus_add_node('127.0.0.1', {server.port})")

    def kill(self, number: int) -> None:
        """SIGKILL to the coordinator, 0, or worker 1 or 2; its connections notice and end."""
        pid = (self._folder / SERVERS[number] / "postmaster.pid").read_text().split()[0]
        os.kill(int(pid), signal.SIGKILL)
        wait_until(lambda: not accepts(self._port + number), f"the end of the {SERVERS[number]}")

    def start(self, number: int) -> None:
        """Again, after it was killed: what was connected to it needs a moment to go."""
        wait_until(lambda: self._control(SERVERS[number], "start"), f"the {SERVERS[number]}")

    def close(self) -> None:
        subprocess.run([self._starter, "--stop", str(self._folder)], check=False)
        self._own.cleanup()

    def _control(self, name: str, *action: str) -> bool:
        """Whether `pg_ctl` did it."""
        data = self._folder / name
        ctl = [f"{postgres.programs()}/pg_ctl", "-D", str(data), "-l", str(data / "log"), "-w", *action]
        as_user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        done = subprocess.run(
            [*as_user, *ctl], check=False, capture_output=True, cwd=self._folder, env=self._environment
        )
        return done.returncode == 0

    def _ports(self) -> range:
        return range(self._port, self._port + 3)

    def _url(self, port: int, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{port}/{database}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def unhurried(url: str, *settings: str) -> None:
    """As `postgres.Private`, on all servers of the cluster, whose ports follow one another."""
    port = urlsplit(url).port or 0
    for number in range(len(SERVERS)):
        server = url.replace(f":{port}/", f":{port + number}/")
        for setting in (UNHURRIED, *settings):
            run(server, f"ALTER SYSTEM SET {setting}")
        run(server, "SELECT pg_reload_conf()")


def run(url: str, sql: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql)


if __name__ == "__main__":
    unhurried(
        sys.argv[1], "citus.shard_count = 4"
    )  # two on each worker: each table takes half as long to make
