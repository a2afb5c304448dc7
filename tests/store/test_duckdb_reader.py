"""Queries of the embedded engine: those that take too long, and those that it answered wrongly."""

from __future__ import annotations

import time
from contextlib import closing

import pytest

from buildtimetrend.errors import StoreError, StoreUnavailable
from buildtimetrend.store import open_store
from buildtimetrend.store.duckdb import reader
from buildtimetrend.store.limits import Limits
from tests.store.examples import build

ENDLESS = (
    "SELECT count(*) AS n FROM range(1000000) AS a, range(1000000) AS b WHERE hash(a.range, b.range) = 1"
)


def test_a_query_without_end_is_given_up_and_the_next_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "PATIENCE", 0.2)
    with closing(open_store("duckdb://:memory:")) as store:
        for _ in range(2):
            with pytest.raises(StoreUnavailable, match="took too long"):
                store.select(ENDLESS)
            assert store.select("SELECT 1 AS n") == {"n": [1]}


def test_a_query_of_less_patience_is_given_up_while_others_may_go_on() -> None:
    with closing(open_store("duckdb://:memory:")) as store:
        store.select("SELECT 1 AS n")  # which might have taken a minute
        began = time.monotonic()
        with pytest.raises(StoreUnavailable, match="took too long"):
            store.select(ENDLESS, {}, Limits(rows=10, size=1000, seconds=0.2))
        assert time.monotonic() - began < reader.PATIENCE / 2


def test_an_answer_beyond_its_limits_is_an_error_and_one_within_is_given() -> None:
    with closing(open_store("duckdb://:memory:")) as store:
        for limits in (Limits(999, 10**9, 60), Limits(10**9, 30_000, 60)):
            with pytest.raises(StoreError, match="The answer has more than"):
                store.select("SELECT range AS n FROM range(1000)", {}, limits)
        found = store.select("SELECT range AS n FROM range(1000)", {}, Limits(1000, 10**6, 60))
        assert found == {"n": list(range(1000))}


# The right side of the join is known to be empty before the query runs.
_JOINED = "FROM range(10) AS a LEFT JOIN repo ON repo.id = a.range AND repo.slug = 'zzz'"


def test_no_more_rows_than_asked_for_where_a_left_join_finds_nothing() -> None:
    with closing(open_store("duckdb://:memory:")) as store:
        store.save(build()).result()
        assert store.select(f"SELECT a.range AS n {_JOINED} LIMIT 1") == {"n": [0]}


def test_there_is_something_where_a_left_join_finds_nothing() -> None:
    with closing(open_store("duckdb://:memory:")) as store:
        store.save(build()).result()
        assert store.select(f"SELECT EXISTS (SELECT 1 {_JOINED}) AS there") == {"there": [True]}
