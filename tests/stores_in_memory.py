"""Stores in memory, emptied and used again: DuckDB's start and our schema take as long as most tests.

Stores in files are opened as they are by users.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import duckdb

from buildtimetrend.store.duckdb import connection as real
from buildtimetrend.store.duckdb import session
from buildtimetrend.store.duckdb.reader import Plan, Readers

ROWS = 5_000  # of a table: those that were deleted take their room, until the database goes

_opened = real._connected
_closed = real.disconnect
_idle: list[Database] = []
_used: dict[int, Database] = {}
_ROWS = "SELECT table_name, estimated_size FROM duckdb_tables()"
# All have the same tables, so that a query's columns have the same types in each.
_plans: dict[str, Plan] = {}


class Database:
    """In memory, with our schema."""

    def __init__(self) -> None:
        self._connection = _opened(None, None)
        self._tables = frozenset(self._rows())

    def lent(self) -> duckdb.DuckDBPyConnection:
        return self._connection.cursor()

    def emptied(self) -> bool:
        """Whether it can be used again."""
        rows = self._rows()
        if rows.keys() != self._tables or max(rows.values()) > ROWS:
            return False
        deletes = (f"DELETE FROM {table};" for table, ever in rows.items() if ever)
        self._connection.execute("BEGIN;" + "".join(deletes) + "COMMIT")
        return True

    def close(self) -> None:
        _closed(self._connection, None)

    def _rows(self) -> dict[str, int]:
        """How many each table ever had, those that were deleted among them."""
        found = self._connection.execute(_ROWS).fetchall()
        return {name: rows for name, rows in found if name != "schema_version"}


class Reading(Readers):
    """To plan every query anew for each store was a fifteenth of what tests of pages take."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        super().__init__(connection)
        if id(connection) in _used:
            self._plans = _plans


def install() -> None:
    real._connected = _connected
    session.disconnect = _disconnect  # type: ignore[attr-defined]
    session.Readers = Reading  # type: ignore[attr-defined]


def close() -> None:
    while _idle:
        _idle.pop().close()


def _connected(file: Path | None, memory_limit: str | None) -> duckdb.DuckDBPyConnection:
    if file is not None or memory_limit is not None:
        return _opened(file, memory_limit)
    database = _idle.pop() if _idle else Database()
    connection = database.lent()
    _used[id(connection)] = database
    return connection


def _disconnect(connection: duckdb.DuckDBPyConnection, file: Path | None) -> None:
    database = _used.pop(id(connection), None)
    _closed(connection, file)
    if database is None:
        return
    with suppress(duckdb.Error):
        if database.emptied():
            _idle.append(database)
            return
    database.close()
