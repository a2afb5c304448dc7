"""What a store of an earlier version said before it was brought up to date, and whether it still says so."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from buildtimetrend import charts
from buildtimetrend.model import Query
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store, rows
from tests.store.old_stores import STORES, parts_of

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)  # when they were recorded


def recorded(version: int) -> dict[str, Any]:
    """By question, as JSON, what charts, totals and lists said; and what the overview of projects did."""
    told: dict[str, Any] = json.loads(
        gzip.decompress((STORES / f"version-{version}-charts.json.gz").read_bytes())
    )
    return told


def plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def close(name: str, found: list[Any]) -> Any:
    """Sums of floats depend on their order, and percentiles out of weekly sums are right to 1 %."""
    tolerance = 0.02 if name in ("p50", "p95", "median", "change") else 1e-9
    return [pytest.approx(each, rel=tolerance) if isinstance(each, float) else each for each in found]


def without(columns: dict[str, list[Any]], groups: set[str]) -> dict[str, list[Any]]:
    kept = [place for place, group in enumerate(columns["matrix"]) if group not in groups]
    return {name: [values[place] for place in kept] for name, values in columns.items()}


def _but_verdicts(columns: dict[str, Any]) -> dict[str, Any]:
    """Whether a change is beyond chance is judged in another way since."""
    return {name: values for name, values in columns.items() if not name.endswith("verdict")}


def check(store: Store, told: dict[str, Any]) -> None:
    for asked, expected in told.items():
        if asked == "projects":
            continue
        repo, interval, days, filters = json.loads(asked)
        query = Query(repo, NOW - timedelta(days=days), NOW, interval, filters)
        for name in charts.CHARTS.keys() & expected.keys():  # some are newer than the store
            found = {c.name: [*map(plain, c.values)] for c in charts.draw(name, store, query).columns}
            assert found.keys() == expected[name].keys(), (asked, name)
            before = expected[name]
            if "matrix" in before:  # jobs without one were a group of their own, and are now by their names
                before, found = without(before, {""}), without(found, {"build", "docs", "test"})
            for column, values in _but_verdicts(found).items():
                assert values == close(column, before[column]), (asked, name, column)
        totals = {name: plain(value) for name, value in reads.totals(store, query).items()}
        said = {name: close(name, [value])[0] for name, value in expected["totals"].items()}
        assert _but_verdicts(totals) == _but_verdicts(said)
        for list_name, listed in (
            ("list of builds", reads.builds(store, query, 100, 0)),
            ("list of jobs", reads.jobs(store, query, 30, 0)),
        ):
            for column, values in expected[list_name].items():
                assert [*map(plain, listed[column])] == values, (asked, list_name, column)


def assert_rows_are_kept(
    store: Store, untouched: Path, without: Collection[str] = (), more: Collection[str] = ()
) -> None:
    """Rows of the earlier version's file are there, but of tables `without`, and others only in `more`."""
    for table, before in parts_of(untouched):
        if table in without:
            continue
        names = ", ".join(f'"{name}"' for name in before)
        was, now = counted(before), counted(store.select(f'SELECT {names} FROM "{table}"'))
        assert not was - now, table
        assert table in more or not now - was, table


def counted(table: dict[str, list[Any]]) -> Counter[tuple[Any, ...]]:
    return Counter(
        tuple(tuple(value) if isinstance(value, list) else value for value in row.values())
        for row in rows(table)
    )
