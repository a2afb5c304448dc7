"""Contract: queries."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from buildtimetrend.errors import StoreError
from buildtimetrend.model import Value
from buildtimetrend.store.base import Store
from tests.store.examples import at, build, column, counts


def test_values_come_back_as_plain_python(store: Store) -> None:
    sql = """
        SELECT 'text' AS text, 7 AS whole, 0.25 AS fraction, TRUE AS truth, NULL AS nothing,
               sum(n) AS total, avg(n) AS mean, CAST(sum(n) AS DOUBLE PRECISION) / 3 AS quotient
        FROM (VALUES (1), (2)) AS numbers (n)
    """
    row = {name: values[0] for name, values in store.select(sql).items()}
    assert row == {
        "text": "text",
        "whole": 7,
        "fraction": 0.25,
        "truth": True,
        "nothing": None,
        "total": 3,
        "mean": 1.5,
        "quotient": 1.0,
    }
    assert {type(value) for value in row.values()} == {str, int, float, bool, type(None)}


def test_instants_come_back_in_utc_to_the_microsecond(store: Store) -> None:
    moment = datetime(2024, 6, 30, 23, 59, 59, 999999, UTC)
    found = column(store, "SELECT CAST($moment AS TIMESTAMPTZ) AS moment", moment=moment)
    assert found == [moment]
    assert found[0].utcoffset() == moment.utcoffset()


def test_days_begin_at_midnight_utc(store: Store) -> None:
    store.save(build(start=12 * 3600 - 1)).result()
    store.save(build("2", start=12 * 3600)).result()
    days = column(store, "SELECT date_trunc('day', started_at) AS the_day FROM build ORDER BY 1")
    assert days == [at(-12 * 3600), at(12 * 3600)]


def test_an_answer_without_rows_has_its_columns(store: Store) -> None:
    assert store.select("SELECT id, started_at FROM repo JOIN build ON id = repo_id") == {
        "id": [],
        "started_at": [],
    }


def test_rows_keep_the_order_that_was_asked_for(store: Store) -> None:
    for n in range(50):
        store.save(build(str(n), start=n))
    store.save(build("last", start=50)).result()
    found = column(store, "SELECT started_at FROM build ORDER BY started_at DESC LIMIT 20")
    assert found == [at(50 - n) for n in range(20)]


@pytest.mark.parametrize("value", ["'; DROP TABLE build --", "a\0b\ud800", 2**40, -1.5, True, None, at(0)])
def test_any_parameter_is_data(store: Store, value: Value) -> None:
    kind = {str: "TEXT", int: "BIGINT", float: "DOUBLE PRECISION", bool: "BOOLEAN", datetime: "TIMESTAMPTZ"}
    cast = kind.get(type(value), "TEXT")
    found = column(store, f"SELECT CAST($value AS {cast}) AS value", value=value)[0]
    assert found == value or isinstance(value, str)
    assert column(store, "SELECT count(*) FROM build") == [0]


def test_a_parameter_may_be_null_first_and_an_instant_later(store: Store) -> None:
    sql = "SELECT $since AS since, CAST($since AS TIMESTAMPTZ) AS instant"
    assert store.select(sql, {"since": None}) == {"since": [None], "instant": [None]}
    assert store.select(sql, {"since": at(0)})["instant"] == [at(0)]


@pytest.mark.parametrize(
    "sql", ["SELECT", "SELECT * FROM nothing", "SELECT $missing AS x", "SELECT 'a' + 1 AS x"]
)
def test_a_wrong_query_is_a_store_error(store: Store, sql: str) -> None:
    with pytest.raises(StoreError):
        store.select(sql)
    assert column(store, "SELECT 1 AS one") == [1]


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM build",
        "WITH gone AS (DELETE FROM build RETURNING build_id) SELECT * FROM gone",
        "SELECT 1 AS one; DELETE FROM build",
        "SELECT 1 AS one; COMMIT; DELETE FROM build",
        "DROP TABLE build",
    ],
)
def test_a_query_changes_nothing(store: Store, sql: str) -> None:
    store.save(build()).result()
    with pytest.raises(StoreError):
        store.select(sql)
    assert counts(store) == (1, 2, 6)


def test_queries_see_what_was_acknowledged_while_others_write(store: Store) -> None:
    with ThreadPoolExecutor(12) as threads:

        def save_and_look(n: int) -> list[int]:
            store.save(build(str(n))).result()
            return column(store, "SELECT count(*) FROM job WHERE build_id = $id", id=str(n))

        assert list(threads.map(save_and_look, range(60))) == [[2]] * 60
