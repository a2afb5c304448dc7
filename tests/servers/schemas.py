"""Stores on a server that tests take one after another: made once, and emptied after each.

To make the tables of a store and to drop them takes a Citus cluster about a second, and a tenth of
one to empty them through its coordinator. Each machine empties its own in some milliseconds, on a
connection that stays.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import LiteralString

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier, Literal

from buildtimetrend.store import open_store
from tests.servers import postgres

_TABLES = "SELECT relname FROM pg_class WHERE relnamespace = %s::text::regnamespace AND relkind = 'r'"
_LAYOUT = """
    SELECT relname || ' ' || attname || ' ' || format_type(atttypid, atttypmod) || ' ' || attnotnull
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = %(schema)s::text::regnamespace AND attnum > 0 AND NOT attisdropped
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = %(schema)s::text
"""
# What a test left running, such as a worker that it killed: in milliseconds.
_END = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = %s"
_IS_CITUS = "SELECT 1 FROM pg_extension WHERE extname = 'citus'"
_MACHINES = "SELECT nodename, nodeport FROM pg_dist_node"
_SHOW_SHARDS = "SET citus.override_table_visibility = off"
# Of tables that were ever written to; a cluster's have no pages where they are not its machine's own.
_EMPTY = """
    DO $$ DECLARE one regclass;
    BEGIN
        FOR one IN
            SELECT oid FROM pg_class
            WHERE relnamespace = {schema}::regnamespace AND relkind = 'r'
                AND pg_relation_size(oid) > 0 AND relname <> ALL ({kept})
        LOOP
            EXECUTE format('DELETE FROM %s', one);
        END LOOP;
    END $$
"""


@dataclass(frozen=True)
class _Made:
    """A schema with the tables of a store. `rows` are those that it was made with, as `COPY` writes them."""

    url: str
    name: str
    schema: str
    layout: frozenset[str]
    rows: dict[str, bytes]


class Schemas:
    """Of the server at `url`. A schema in which a test changed more than rows is not used again."""

    def __init__(self, url: str) -> None:
        self._server = url
        self._free: list[_Made] = []
        self._kept = ExitStack()
        self.made = 0

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
        self.made += 1
        url = self._kept.enter_context(postgres.schema(self._server))
        name = f"emptied_{os.getpid()}_{self.made}"
        url = f"{url}&application_name={name}"
        open_store(url).close()
        with psycopg.connect(url) as connection:
            ((schema,),) = connection.execute("SELECT current_schema()").fetchall()
        first = self._first
        layout = frozenset(_column(first, _LAYOUT, {"schema": schema}))
        copied = {table: _copied(first, schema, table) for table in _column(first, _TABLES, [schema])}
        return _Made(url, name, schema, layout, {table: rows for table, rows in copied.items() if rows})

    def _emptied(self, made: _Made) -> bool:
        """Whether it is again what it was when it was made."""
        self._first.execute(_END, [made.name])
        if set(_column(self._first, _LAYOUT, {"schema": made.schema})) != made.layout:
            return False
        empty = SQL(_EMPTY).format(schema=Literal(made.schema), kept=Literal(list(made.rows)))
        for machine in self._machines:
            machine.execute(empty)
        for table, rows in made.rows.items():
            if _copied(self._first, made.schema, table) != rows:
                _fill(self._first, made.schema, table, rows)
        return True

    @cached_property
    def _first(self) -> psycopg.Connection:
        """To the server, or to the coordinator of a cluster."""
        return self._connected(self._server)

    @cached_property
    def _machines(self) -> list[psycopg.Connection]:
        """All that have tables of a store."""
        if not self._first.execute(_IS_CITUS).fetchall():
            return [self._first]
        places = self._first.execute(_MACHINES).fetchall()
        machines = [
            self._connected(make_conninfo(self._server, host=host, port=port)) for host, port in places
        ]
        for machine in machines:
            machine.execute(_SHOW_SHARDS)
        return machines

    def _connected(self, url: str) -> psycopg.Connection:
        return self._kept.enter_context(psycopg.connect(url, autocommit=True))


def _column(
    connection: psycopg.Connection, sql: LiteralString, values: Sequence[str] | Mapping[str, str]
) -> list[str]:
    return [str(row[0]) for row in connection.execute(sql, values)]


def _copied(connection: psycopg.Connection, schema: str, table: str) -> bytes:
    with connection.cursor().copy(SQL("COPY {} TO STDOUT").format(Identifier(schema, table))) as copy:
        return b"".join(bytes(part) for part in copy)


def _fill(connection: psycopg.Connection, schema: str, table: str, rows: bytes) -> None:
    """Have these rows in place of all."""
    connection.execute(SQL("DELETE FROM {}").format(Identifier(schema, table)))
    with connection.cursor().copy(SQL("COPY {} FROM STDIN").format(Identifier(schema, table))) as copy:
        copy.write(rows)
