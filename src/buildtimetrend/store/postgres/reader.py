"""Queries, on a few connections that all threads share."""

from __future__ import annotations

import queue
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

from psycopg import Column

from buildtimetrend.errors import StoreError, StoreUnavailable
from buildtimetrend.model import Value
from buildtimetrend.store.base import Table
from buildtimetrend.store.limits import Limits, fetched
from buildtimetrend.store.postgres import citus
from buildtimetrend.store.postgres.connection import Way, is_cut, is_lost, translated
from buildtimetrend.store.postgres.parameters import bound
from buildtimetrend.store.postgres.silence import Connection

# As many queries run at a time. More would only make the server do several things half.
CONNECTIONS = 8
# Seconds until a query gets a connection.
PATIENCE = 30.0
# A plan made for any range of time is a bad one for most. Queries take some ten milliseconds: compiling them,
# or starting processes for them, takes as long. What they sort is small, and belongs into memory. Rows of a
# range of time lie together: reading them by an index costs little.
_PLANNING = {
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "work_mem": "64MB",
    "random_page_cost": "1.1",
}
SETTINGS = {
    **_PLANNING,
    "default_transaction_read_only": "on",
    "statement_timeout": "60s",
    "plan_cache_mode": "force_custom_plan",
}

# A cluster's machines plan what they are sent by settings of their own; those that a transaction sets for
# itself go with it.
_EVERYWHERE = "; ".join(f"SET LOCAL {name} TO '{value}'" for name, value in _PLANNING.items())


class Readers:
    """`select` for any thread; waits when all connections are busy. They are made when they are needed."""

    def __init__(self, way: Way) -> None:
        self._way = way
        self._closed = False
        self._is_cluster = False  # as a connection finds out
        self._idle: queue.LifoQueue[Connection | None] = queue.LifoQueue()
        for _ in range(CONNECTIONS):
            self._idle.put(None)

    def select(self, sql: str, params: Mapping[str, Value] | None, limits: Limits | None) -> Table:
        text, given = bound(sql, params or {})
        connection = self._taken()
        try:
            if connection is not None:
                try:
                    return self._select(connection, text, given, limits)
                except StoreUnavailable as error:
                    if not is_lost(connection):
                        raise
                    connection.close()
                    connection = None
                    if is_cut(error):
                        self._way.note_cut(error)
                        raise
            connection = self._connected(autocommit=True)
            return self._select(connection, text, given, limits)
        finally:
            self._idle.put(connection)

    def stream(self, sql: str, params: Mapping[str, Value] | None, size: int) -> Generator[Table, None, None]:
        """On a connection of its own, since it may last."""
        text, given = bound(sql, params or {})
        with (
            self._connected() as connection,
            translated(),
            self._transaction(connection),
            connection.cursor("stream") as cursor,
        ):
            cursor.execute(text, given)
            while rows := cursor.fetchmany(size):
                yield _table(cursor.description or [], rows)

    def close(self) -> None:
        """Waits for the running queries; later ones fail."""
        self._closed = True
        connections = [self._idle.get() for _ in range(CONNECTIONS)]
        for connection in connections:
            if connection is not None:
                connection.close()
            self._idle.put(None)

    def _connected(self, *, autocommit: bool = False) -> Connection:
        connection = self._way.connect(SETTINGS, autocommit=autocommit)
        with translated():
            self._is_cluster = citus.is_installed(connection)
            if self._is_cluster:
                citus.pass_on_settings(connection)
            if not autocommit:
                connection.commit()
        return connection

    def _taken(self) -> Connection | None:
        if self._closed:
            raise StoreError("The store is closed.")
        try:
            return self._idle.get(timeout=PATIENCE)
        except queue.Empty:
            raise StoreUnavailable("The store is busy: all of its connections answer queries.") from None

    def _select(
        self, connection: Connection, sql: str, params: Mapping[str, Value], limits: Limits | None
    ) -> Table:
        if limits:
            return self._select_within(connection, sql, params, limits)
        with translated(), self._transaction(connection) if self._is_cluster else nullcontext():
            # Without parameters the server would take several statements in one text, unless prepared.
            cursor = connection.execute(sql, params, prepare=None if params else True)
            if not cursor.description:
                raise StoreError("The store refused this: a query has columns.", detail=sql)
            rows = cursor.fetchall()
        return _table(cursor.description, rows)

    def _select_within(
        self, connection: Connection, sql: str, params: Mapping[str, Value], limits: Limits
    ) -> Table:
        """By a cursor of the server's, which sends what is asked for: the answer is nowhere in memory."""
        with translated(), self._transaction(connection):
            connection.execute(f"SET LOCAL statement_timeout = {int(limits.seconds * 1000)}")
            connection.execute("SET LOCAL cursor_tuple_fraction = 1")  # all of it will be fetched
            with connection.cursor("asked") as cursor:
                cursor.execute(sql, params)
                rows = fetched(cursor.fetchmany, limits)
                return _table(cursor.description or [], rows)

    @contextmanager
    def _transaction(self, connection: Connection) -> Iterator[None]:
        """In which all machines plan alike."""
        with connection.transaction():
            if self._is_cluster:
                connection.execute(_EVERYWHERE, prepare=False)
            yield


def _table(columns_: Sequence[Column], rows: Sequence[tuple[Any, ...]]) -> Table:
    names = [column.name for column in columns_]
    columns: Any = zip(*rows, strict=True) if rows else ([] for _ in names)
    return {name: list(values) for name, values in zip(names, columns, strict=True)}
