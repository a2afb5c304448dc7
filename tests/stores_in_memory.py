"""Stores in memory, emptied and used again: DuckDB's start and our schema take as long as most tests.

Stores in files are opened as they are by users.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import duckdb

from buildtimetrend.store.duckdb import connection as real
from buildtimetrend.store.duckdb import session

TIMES = 25  # rows that were deleted take their room, until the database goes
ROWS = 5_000

_opened = real._connected
_closed = real.disconnect
_idle: list[Database] = []
_used: dict[int, Database] = {}


class Database:
    """In memory, with our schema."""

    def __init__(self) -> None:
        self._connection = _opened(None, None)
        self._tables = self._names("table_name <> 'schema_version'")
        self._times = 0

    def lent(self) -> duckdb.DuckDBPyConnection:
        self._times += 1
        return self._connection.cursor()

    def emptied(self) -> bool:
        """Whether it can be used again."""
        many = self._names(f"estimated_size > {ROWS}")
        if many or self._times >= TIMES:
            return False
        deletes = (f"DELETE FROM {table};" for table in self._tables)
        self._connection.execute("BEGIN;" + "".join(deletes) + "COMMIT")
        return True

    def close(self) -> None:
        _closed(self._connection, None)

    def _names(self, which: str) -> list[str]:
        found = self._connection.execute(f"SELECT table_name FROM duckdb_tables() WHERE {which}").fetchall()
        return [name for (name,) in found]


def install() -> None:
    real._connected = _connected
    session.disconnect = _disconnect  # type: ignore[attr-defined]


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
