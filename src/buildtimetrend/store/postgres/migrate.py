"""The schema, brought up to date by one process at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib.resources import files
from typing import Any

from buildtimetrend.errors import StoreError
from buildtimetrend.model import Value
from buildtimetrend.store.location import shown
from buildtimetrend.store.postgres import citus, step_keys
from buildtimetrend.store.postgres.connection import connect, translated
from buildtimetrend.store.postgres.parameters import bound
from buildtimetrend.store.postgres.silence import Connection
from buildtimetrend.store.schema import migrations

# Of the advisory lock; any number that nobody else in the database takes.
LOCK = 5_213_870_014
PATIENCE = "300s"  # until another process is done
# Seconds that a statement may take: an index of all steps, on a slow disk.
LONGEST = 6 * 3600.0


def migrate(url: str) -> None:
    """Waits for another process that does so."""
    with _locked(url) as connection:
        connection.execute(migrations.VERSION_TABLE)
        cluster = citus.is_installed(connection)
        run = partial(_run, connection)
        [(found,)] = run("SELECT coalesce(max(version), 0) FROM schema_version", {})
        for scripts in migrations.pending(found, shown(url)):
            with connection.transaction():
                if cluster:
                    citus.in_turn(connection)
                for version, script in scripts:
                    # One by one: Citus passes the text on, and a worker takes no more at a time.
                    for statement in _statements(script + _own(version)):
                        connection.execute(statement)
                    migrations.fill(version, run, partial(step_keys.fill, connection), is_new=found == 0)
                    connection.execute("INSERT INTO schema_version VALUES (%s)", [version])
                if cluster:
                    citus.distribute(connection)


def distribute(url: str) -> list[str]:
    """See `store.distribute`."""
    migrate(url)
    with _locked(url) as connection:
        if not citus.is_installed(connection):
            raise StoreError(
                f"{shown(url)} has no Citus: its administrator runs CREATE EXTENSION citus there and on the "
                "workers, and citus_add_node for each of them."
            )
        with connection.transaction():
            tables = citus.distribute(connection)
        citus.drop_copies(connection, tables)
    return tables


@contextmanager
def _locked(url: str) -> Iterator[Connection]:
    with connect(url, {"lock_timeout": PATIENCE}, autocommit=True) as connection, translated():
        connection.longest = LONGEST
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        yield connection


def _run(connection: Connection, sql: str, params: Mapping[str, Value]) -> list[tuple[Any, ...]]:
    cursor = connection.execute(*bound(sql, params))
    return cursor.fetchall() if cursor.description else []


def _statements(script: str) -> list[str]:
    """A statement ends where a line does, or the text before its comment."""
    return [statement for statement in re.split(r";[ \t]*(?:--[^\n]*)?\n", script) if statement.strip()]


def _own(version: int) -> str:
    """What PostgreSQL has besides: the file of the same name in this package, if there is one."""
    file = files(__package__).joinpath(migrations.MIGRATIONS[version - 1])
    return file.read_text(encoding="utf-8") if file.is_file() else ""
