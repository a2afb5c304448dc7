"""Queries of the embedded engine that take too long."""

from __future__ import annotations

from contextlib import closing

import pytest

from buildtimetrend.errors import StoreUnavailable
from buildtimetrend.store import open_store
from buildtimetrend.store.duckdb import reader

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
