"""A store that the version before pipelines wrote is opened with every row, and every chart as it was."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from buildtimetrend import charts
from buildtimetrend.model import Query
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.pipelines import pipeline_id
from buildtimetrend.store.statements.summaries import summarise
from tests.store.engines import EXECUTING
from tests.store.old_stores import STORES, migrated, parts_of, unpacked

CHARTS: dict[str, Any] = json.loads(gzip.decompress((STORES / "version-9-charts.json.gz").read_bytes()))
NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
OF_ONE_PIPELINE = ("average_duration", "median_duration", "previous_median_duration", "change")
TRAVIS = pipeline_id("travis", "https://api.travis-ci.com", "")
JENKINS = pipeline_id("jenkins", "https://ci.example", "")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return unpacked(9, tmp_path)


@pytest.fixture(params=EXECUTING)
def store(request: pytest.FixtureRequest, old: Path) -> Iterator[Store]:
    with migrated(9, request, old) as opened:
        yield opened


def plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def close(name: str, found: list[Any]) -> Any:
    """Sums of floats depend on their order, and percentiles out of weekly sums are right to 1 %."""
    tolerance = 0.02 if name in ("p50", "p95", "median", "change") else 1e-9
    return [pytest.approx(each, rel=tolerance) if isinstance(each, float) else each for each in found]


def without(columns: dict[str, list[Any]], groups: set[str]) -> dict[str, list[Any]]:
    kept = [place for place, group in enumerate(columns["matrix"]) if group not in groups]
    return {name: [values[place] for place in kept] for name, values in columns.items()}


def check(store: Store) -> None:
    for asked, expected in CHARTS.items():
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
            for column, values in found.items():
                assert values == close(column, before[column]), (asked, name, column)
        totals = {name: plain(value) for name, value in reads.totals(store, query).items()}
        assert totals == {name: close(name, [value])[0] for name, value in expected["totals"].items()}
        for list_name, listed in (
            ("list of builds", reads.builds(store, query, 100, 0)),
            ("list of jobs", reads.jobs(store, query, 30, 0)),
        ):
            for column, values in expected[list_name].items():
                assert [*map(plain, listed[column])] == values, (asked, list_name, column)


def test_every_chart_and_list_is_as_it_was(store: Store) -> None:
    check(store)
    projects = reads.projects(store, NOW - timedelta(days=28), NOW)
    # They were over two CI systems' builds: nothing that could be compared.
    assert projects["several_pipelines"] == [True, False]
    alone = {name: [None, CHARTS["projects"][name][1]] for name in OF_ONE_PIPELINE}
    for column, values in (CHARTS["projects"] | alone).items():
        if column != "change_verdict":
            assert [*map(plain, projects[column])] == close(column, values)


def test_so_are_they_when_all_is_summed_up_anew(store: Store) -> None:
    assert summarise(store, NOW, keep_days=30) > 0
    check(store)


def test_every_row_is_kept(old: Path, tmp_path: Path, store: Store) -> None:
    untouched = tmp_path / "untouched.duckdb"
    untouched.write_bytes(gzip.decompress((STORES / "version-9.duckdb.gz").read_bytes()))
    marked = {"changed_day", "schema_version"}  # what two CI systems share is to be summed up anew
    for table, before in parts_of(untouched):
        if table in marked:
            continue
        columns = list(before)
        after = store.select(
            f'SELECT {", ".join(f"{chr(34)}{name}{chr(34)}" for name in columns)} FROM "{table}"'
        )
        assert counted(after) == counted(before), table


def counted(table: dict[str, list[Any]]) -> Counter[tuple[Any, ...]]:
    return Counter(
        tuple(tuple(value) if isinstance(value, list) else value for value in row.values())
        for row in rows(table)
    )


def test_each_ci_system_of_a_repo_is_a_pipeline(store: Store) -> None:
    found = store.select("SELECT repo_id, id, key, name FROM pipeline ORDER BY repo_id, id")
    assert {*zip(*found.values(), strict=True)} == {
        (1, TRAVIS, "", None), (1, JENKINS, "", None), (2, TRAVIS, "", None),
    }  # fmt: skip
    for table in ("build", "job"):
        ids = store.select(f"SELECT DISTINCT provider, pipeline FROM {table} ORDER BY provider")
        assert [*zip(*ids.values(), strict=True)] == [("jenkins", JENKINS), ("travis", TRAVIS)]
    assert {*store.select("SELECT DISTINCT pipeline FROM step_day")["pipeline"]} <= {TRAVIS, JENKINS}
