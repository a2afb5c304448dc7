"""Stores on a server that tests take one after another: made once, and emptied after each.

A Citus cluster takes about a second to make the tables of a store and to drop them, and
a tenth of one to empty them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import psycopg
from psycopg.sql import SQL, Identifier

from buildtimetrend.store import open_store
from tests.servers import postgres

# One connection to each machine of a cluster does it all.
_IN_TURN = "SET LOCAL citus.multi_shard_modify_mode = 'sequential'"
_TABLES = "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'"
_CITUS = "SELECT extname FROM pg_extension WHERE extname = 'citus'"
# None of their pages was ever written to.
_UNUSED = """
    SELECT relname FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND pg_relation_size(oid) = 0
"""
_LAYOUT = """
    SELECT relname || ' ' || attname || ' ' || format_type(atttypid, atttypmod) || ' ' || attnotnull
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = current_schema()::regnamespace AND attnum > 0 AND NOT attisdropped
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema()
"""
# What a test left running, such as a worker that it killed: in milliseconds.
_END = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = %s"


@dataclass(frozen=True)
class _Made:
    """A schema with the tables of a store. `rows` are those that it was made with, as `COPY` writes them.

    `spread` says whether it is on a cluster, whose rows are on other machines.
    """

    url: str
    name: str
    layout: frozenset[str]
    spread: bool
    rows: dict[str, bytes]


class Schemas:
    """Of the server at `url`. A schema in which a test changed more than rows is not used again."""

    def __init__(self, url: str) -> None:
        self._server = url
        self._free: list[_Made] = []
        self._kept = ExitStack()
        self._count = 0

    @contextmanager
    def empty(self) -> Iterator[str]:
        """The URL of a store without rows."""
        made = self._free.pop() if self._free else self._make()
        yield made.url
        if self._emptied(made):
            self._free.append(made)

    def close(self) -> None:
        self._kept.close()

    def _make(self) -> _Made:
        self._count += 1
        url = self._kept.enter_context(postgres.schema(self._server))
        name = f"emptied_{os.getpid()}_{self._count}"
        url = f"{url}&application_name={name}"
        open_store(url).close()
        with psycopg.connect(url) as connection:
            rows = {table: _copied(connection, table) for table in _column(connection, _TABLES)}
            spread = bool(_column(connection, _CITUS))
            return _Made(url, name, frozenset(_column(connection, _LAYOUT)), spread, rows)

    def _emptied(self, made: _Made) -> bool:
        """Whether it is again what it was when it was made."""
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(_END, [made.name])
        with psycopg.connect(made.url) as connection:
            if set(_column(connection, _LAYOUT)) != made.layout:
                return False
            connection.execute(_IN_TURN)
            unused = set() if made.spread else set(_column(connection, _UNUSED))
            for table, rows in made.rows.items():
                if table in unused and not rows:
                    continue
                connection.execute(SQL("DELETE FROM {}").format(Identifier(table)))
                if rows:
                    with connection.cursor().copy(
                        SQL("COPY {} FROM STDIN").format(Identifier(table))
                    ) as copy:
                        copy.write(rows)
        return True


def _column(connection: psycopg.Connection, sql: str) -> list[str]:
    return [str(row[0]) for row in connection.execute(sql.encode())]


def _copied(connection: psycopg.Connection, table: str) -> bytes:
    with connection.cursor().copy(SQL("COPY {} TO STDOUT").format(Identifier(table))) as copy:
        return b"".join(bytes(part) for part in copy)
