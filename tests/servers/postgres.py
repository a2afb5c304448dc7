"""The demo's PostgreSQL for tests, and schemas for them in it."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import psycopg

from buildtimetrend.demo.servers.postgres import Postgres, programs

__all__ = ["Postgres", "Private", "programs", "schema"]

# A process that is killed loses nothing that it has given to the system. Only a machine that stops would, and
# no test stops one.
UNHURRIED = "fsync = off"

_schemas = itertools.count(1)


class Private(Postgres):
    """In a folder of its own: pytest, when it starts, closes its folders to other users, in which the servers
    of other runs may be.
    """

    def __init__(self, settings: str = "") -> None:
        self._own = TemporaryDirectory(prefix="buildtimetrend-postgres-")
        super().__init__(Path(self._own.name), f"{UNHURRIED}\n{settings}")

    def close(self) -> None:
        super().close()
        self._own.cleanup()


@contextmanager
def schema(url: str) -> Iterator[str]:
    """The database's URL with an empty schema as the place of all tables, dropped in the end."""
    name = f"test_{os.getpid()}_{next(_schemas)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
    mark = "&" if "?" in url else "?"
    try:
        yield f"{url}{mark}options={quote(f'-csearch_path={name}')}"
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE")
