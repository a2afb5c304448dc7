"""Queries, on a few cursors that all threads share."""

from __future__ import annotations

import queue
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb

from buildtimetrend.errors import StoreError
from buildtimetrend.model import Value
from buildtimetrend.store.base import Table
from buildtimetrend.store.duckdb.connection import translated
from buildtimetrend.store.duckdb.watchdog import Watchdog
from buildtimetrend.store.limits import Limits, fetched
from buildtimetrend.store.text import clean

# As many queries run at a time; DuckDB spreads each over the processors, so more would only take memory.
CURSORS = 8
# Seconds of one query, as of a PostgreSQL store.
PATIENCE = 60.0
# Texts of queries whose result types are remembered: filters and charts make a few hundred.
PLANS = 1000

# What DuckDB's Python client makes of these is of no use: it asks for pytz, or gives Decimals and dates.
CASTS = {"timestamp with time zone": "TIMESTAMP", "date": "TIMESTAMP", "decimal": "DOUBLE"}


@dataclass(frozen=True, slots=True)
class Plan:
    """A query that returns nothing but what Python has; its instants have lost their zone, which is UTC."""

    sql: str
    instants: frozenset[str]


class Readers:
    """`select` for any thread; waits when all cursors are busy."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._idle: queue.LifoQueue[duckdb.DuckDBPyConnection] = queue.LifoQueue()
        self._plans: dict[str, Plan] = {}
        self._watch = Watchdog()
        for _ in range(CURSORS):
            self._idle.put(connection.cursor())

    def select(self, sql: str, params: Mapping[str, Value] | None, limits: Limits | None = None) -> Table:
        given = {name: _given(value) for name, value in (params or {}).items()}
        cursor = self._idle.get()
        try:
            with translated(), self._watch.over(cursor, limits.seconds if limits else PATIENCE):
                return self._select(cursor, sql, given, limits)
        finally:
            self._idle.put(cursor)

    def stream(self, sql: str, params: Mapping[str, Value] | None, size: int) -> Generator[Table, None, None]:
        """Takes as long as its reader does."""
        given = {name: _given(value) for name, value in (params or {}).items()}
        cursor = self._idle.get()
        try:
            with translated():
                plan = self._plan(cursor, sql, given)
                cursor.execute(plan.sql, given)
                names = [column[0] for column in cursor.description]
                while rows := cursor.fetchmany(size):
                    yield _table(names, rows, plan)
        finally:
            self._idle.put(cursor)

    def close(self) -> None:
        """Waits for the running queries; later ones fail."""
        cursors = [self._idle.get() for _ in range(CURSORS)]
        for cursor in cursors:
            cursor.close()
            self._idle.put(cursor)
        self._watch.close()

    def _select(
        self, cursor: duckdb.DuckDBPyConnection, sql: str, params: dict[str, Value], limits: Limits | None
    ) -> Table:
        plan = self._plans.get(sql) or self._plan(cursor, sql, params)
        cursor.execute(plan.sql, params)
        if any(column[1].id in CASTS for column in cursor.description):
            # A parameter that was NULL when the plan was made has a type now.
            plan = self._plan(cursor, sql, params)
            cursor.execute(plan.sql, params)
        rows = fetched(cursor.fetchmany, limits) if limits else cursor.fetchall()
        return _table([column[0] for column in cursor.description], rows, plan)

    def _plan(self, cursor: duckdb.DuckDBPyConnection, sql: str, params: dict[str, Value]) -> Plan:
        _check(cursor, sql)
        types = {name: kind for name, kind, *_ in cursor.execute(f"DESCRIBE {sql}", params).fetchall()}
        casts = {name: CASTS[key] for name, kind in types.items() if (key := _without_size(kind)) in CASTS}
        plan = Plan(_with_casts(sql, casts), frozenset(name for name in casts if casts[name] == "TIMESTAMP"))
        if len(self._plans) >= PLANS:
            self._plans.clear()
        self._plans[sql] = plan
        return plan


def _table(names: Sequence[str], rows: Sequence[tuple[Any, ...]], plan: Plan) -> Table:
    columns = zip(*rows, strict=True) if rows else ([] for _ in names)
    table: Table = {name: list(values) for name, values in zip(names, columns, strict=True)}
    for name in plan.instants:
        table[name] = [_in_utc(value) for value in table[name]]
    return table


def _check(cursor: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Others may ask, too: what is no single query is refused before it does anything.

    One whose WITH changes rows is refused by DESCRIBE.
    """
    if [statement.type for statement in cursor.extract_statements(sql)] != [duckdb.StatementType.SELECT]:
        raise StoreError("The store refused this: it is not one query.")


def _given(value: Value) -> Value:
    return clean(value) if isinstance(value, str) else value


def _in_utc(value: Value) -> Value:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


def _without_size(kind: str) -> str:
    return kind.partition("(")[0].lower()


def _with_casts(sql: str, casts: Mapping[str, str]) -> str:
    if not casts:
        return sql
    quoted = {'"' + name.replace('"', '""') + '"': kind for name, kind in casts.items()}
    replaced = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in quoted.items())
    return f"SELECT * REPLACE ({replaced}) FROM (\n{sql}\n)"  # noqa: S608 - the names are those of the query itself
