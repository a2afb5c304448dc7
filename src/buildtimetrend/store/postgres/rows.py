"""Rows into tables, by statements of several rows each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from types import NoneType
from typing import Any

import psycopg

from buildtimetrend.store.postgres.silence import Connection
from buildtimetrend.store.rows import Row

# Rows of a statement: each number is a text of its own, which the server prepares once. Up to the first one
# every number occurs, above it only these.
SIZES = (16, 64, 256)
PARAMETERS = 60_000  # of a statement; the protocol has 65,535

# As text: so all statements of a number of rows are one, whatever is NULL in them and however long a number.
_TEXT: dict[type, Callable[[Any], str | None]] = {
    NoneType: lambda _: None,
    str: lambda text: text,
    bool: lambda truth: "t" if truth else "f",
    int: str,
    float: repr,
    datetime: datetime.isoformat,
}


class Rows:
    """Of one table. For the writing thread alone."""

    def __init__(
        self, connection: Connection, table: str, columns: Sequence[str], conflict: str = ""
    ) -> None:
        self._connection = connection
        self._table = table
        self._columns = tuple(columns)
        self._conflict = conflict

    def insert(self, rows: Sequence[Row]) -> list[psycopg.RawCursor[tuple[Any, ...]]]:
        """One cursor per statement: what it returns, if `conflict` says so."""
        return [self._insert(part) for part in _parts(rows, PARAMETERS // len(self._columns))]

    def _insert(self, rows: Sequence[Row]) -> psycopg.RawCursor[tuple[Any, ...]]:
        cursor = psycopg.RawCursor(self._connection)
        sql = _statement(self._table, self._columns, len(rows), self._conflict)
        cursor.execute(sql, [_TEXT[type(value)](value) for row in rows for value in row], prepare=True)
        return cursor


@lru_cache(maxsize=500)
def _statement(table: str, columns: tuple[str, ...], rows: int, conflict: str) -> str:
    width = len(columns)
    values = ", ".join(
        "(" + ", ".join(f"${row * width + place + 1}" for place in range(width)) + ")" for row in range(rows)
    )
    names = ", ".join(f'"{name}"' for name in columns)
    return f"INSERT INTO {table} ({names}) VALUES {values} {conflict}"  # noqa: S608 - names of our own


def _parts(rows: Sequence[Row], most: int) -> Iterator[Sequence[Row]]:
    first = 0
    while first < len(rows):
        left = len(rows) - first
        size = left if left < SIZES[0] else max(size for size in SIZES if size <= min(left, most))
        yield rows[first : first + size]
        first += size
