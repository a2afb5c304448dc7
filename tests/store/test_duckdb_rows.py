"""Rows are written without the columns that are empty in all of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import duckdb
import pytest

from buildtimetrend.store.duckdb.rows import MOST_APPENDERS, Rows
from buildtimetrend.store.rows import Row

COLUMNS = ["a", "b", "c", "d", "e", "f"]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t ({', '.join(f'{name} INTEGER' for name in COLUMNS)})")
        yield connection


def stored(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    return connection.execute("SELECT * FROM t ORDER BY ALL").fetchall()


def test_every_choice_of_empty_columns_is_stored_as_it_is(connection: duckdb.DuckDBPyConnection) -> None:
    rows = Rows(connection, "t", COLUMNS)
    kinds = [set(some) for size in range(len(COLUMNS) + 1) for some in combinations(COLUMNS, size)]
    assert len(kinds) > MOST_APPENDERS
    given: list[Row] = [
        tuple(place * 100 + n if name in kind else None for n, name in enumerate(COLUMNS))
        for place, kind in enumerate(kinds)
    ]
    for row in given:
        rows.add([row])
        rows.flush()
    rows.add(given)
    rows.flush()
    rows.flush()
    assert sorted(map(repr, stored(connection))) == sorted(map(repr, given + given))


def test_what_is_cleared_is_not_written(connection: duckdb.DuckDBPyConnection) -> None:
    rows = Rows(connection, "t", COLUMNS)
    rows.add([(1, 2, None, None, None, None)])
    rows.clear()
    rows.add([("no number", 2, None, None, None, None)])
    with pytest.raises(duckdb.Error):
        rows.flush()
    rows.clear()
    rows.add([(3, 4, None, None, None, None)])
    rows.flush()
    assert stored(connection) == [(3, 4, None, None, None, None)]
