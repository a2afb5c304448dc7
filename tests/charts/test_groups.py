"""Jobs are grouped by their entry of the build matrix, and by name where a CI has no matrix."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from buildtimetrend import charts
from buildtimetrend.charts import groups
from buildtimetrend.charts.comparison import compare
from buildtimetrend.model import Matrix, Query
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads.compare import Side
from tests.store.engines import ENGINES, empty_store
from tests.store.examples import EPOCH, build, job

JOBS = (
    job("1", name="unit", matrix=Matrix("python 3.11")),
    job("2", name="unit", matrix=Matrix("python 3.12")),
    job("3", name="e2e", matrix=Matrix("python 3.12")),
    job("4", name="lint", matrix=Matrix()),
    job("5", name=None, matrix=Matrix()),
    job("6", name="python 3.12", matrix=Matrix()),
)
COUNTS = {"python 3.12": 6, "": 2, "lint": 2, "python 3.11": 2}


@pytest.fixture(params=ENGINES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with empty_store(request.param, request, tmp_path) as store:
        for number in ("1", "2"):
            jobs = tuple(replace(each, id=f"{number}-{each.id}") for each in JOBS)
            store.save(build(number, number=number, jobs=jobs)).result()
        yield store


QUERY = Query(build("1").repo, EPOCH - timedelta(days=1), EPOCH + timedelta(days=1))


def columns(store: Store, chart: str) -> dict[str, tuple[object, ...]]:
    return {column.name: column.values for column in charts.draw(chart, store, QUERY).columns}


def test_durations_are_grouped_by_entry_or_name(store: Store) -> None:
    found = columns(store, "matrix")
    # A job that is called like an entry is not of it.
    assert [*zip(found["matrix"], found["jobs"], strict=True)] == [
        ("python 3.12", 4), ("", 2), ("lint", 2), ("python 3.11", 2), ("python 3.12", 2)
    ]  # fmt: skip


def test_the_groups_with_most_jobs_are_shown(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = columns(store, "matrix")
    monkeypatch.setattr(groups, "GROUPS", 2)
    assert columns(store, "matrix") == {name: values[:2] for name, values in whole.items()}


def test_results_are_grouped_by_entry_or_name(store: Store) -> None:
    found = columns(store, "matrix_results")
    assert dict(zip(found["matrix"], found["passed"], strict=True)) == COUNTS


def test_each_job_is_called_by_entry_or_name(store: Store) -> None:
    assert set(columns(store, "job_durations")["matrix"]) == set(COUNTS)


def test_sides_are_compared_by_entry_or_name(store: Store) -> None:
    found = compare(store, Side(QUERY, "1"), Side(QUERY, "2"))
    assert {entry.matrix: entry.a_jobs + entry.b_jobs for entry in found.matrix} == COUNTS
