"""A store that the version before pipelines wrote is opened with every row, and every chart as it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from buildtimetrend.store import reads
from buildtimetrend.store.base import Store
from buildtimetrend.store.pipelines import pipeline_id
from buildtimetrend.store.statements import analyses
from buildtimetrend.store.statements.summaries import summarise
from tests.store.as_recorded import NOW, assert_rows_are_kept, check, close, counted, plain, recorded
from tests.store.engines import EXECUTING
from tests.store.examples import build
from tests.store.old_stores import migrated, parts_of, unpacked

CHARTS = recorded(9)
OF_ONE_PIPELINE = ("average_duration", "median_duration", "previous_median_duration", "change")
TRAVIS = pipeline_id("travis", "https://api.travis-ci.com", "")
JENKINS = pipeline_id("jenkins", "https://ci.example", "")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return unpacked(9, tmp_path)


@pytest.fixture(params=EXECUTING)
def store(request: pytest.FixtureRequest, old: Path) -> Iterator[Store]:
    with migrated(9, request.param, request, old) as opened:
        yield opened


def test_every_chart_and_list_is_as_it_was(store: Store) -> None:
    check(store, CHARTS)
    projects = reads.projects(store, NOW - timedelta(days=28), NOW)
    # They were over two CI systems' builds: nothing that could be compared.
    assert projects["several_pipelines"] == [True, False]
    alone = {name: [None, CHARTS["projects"][name][1]] for name in OF_ONE_PIPELINE}
    for column, values in (CHARTS["projects"] | alone).items():
        if column != "change_verdict":
            assert [*map(plain, projects[column])] == close(column, values)


def test_so_are_they_when_all_is_summed_up_anew(store: Store) -> None:
    assert summarise(store, NOW, keep_days=30) > 0
    check(store, CHARTS)


def test_every_row_is_kept(tmp_path: Path, store: Store) -> None:
    # What two CI systems share is to be summed up anew.
    assert_rows_are_kept(store, unpacked(9, tmp_path / "untouched"), without={"changed_day"})


def test_each_ci_system_of_a_repo_is_a_pipeline(store: Store) -> None:
    found = store.select("SELECT repo_id, id, key, name FROM pipeline ORDER BY repo_id, id")
    assert {*zip(*found.values(), strict=True)} == {
        (1, TRAVIS, "", None), (1, JENKINS, "", None), (2, TRAVIS, "", None),
    }  # fmt: skip
    for table in ("build", "job"):
        ids = store.select(f"SELECT DISTINCT provider, pipeline FROM {table} ORDER BY provider")
        assert [*zip(*ids.values(), strict=True)] == [("jenkins", JENKINS), ("travis", TRAVIS)]
    assert {*store.select("SELECT DISTINCT pipeline FROM step_day")["pipeline"]} <= {TRAVIS, JENKINS}


@pytest.mark.parametrize("engine", EXECUTING)
def test_pipelines_that_were_to_be_looked_at_still_are(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    marked = counted(dict(parts_of(unpacked(12, tmp_path)))["changed_pipeline"])
    expected = Counter((repo, pipeline, since) for _, repo, pipeline, since in marked.elements())
    assert len(expected) > 100
    with migrated(12, engine, request, unpacked(12, tmp_path)) as opened:
        for number in range(2):  # a save leaves them alone
            opened.save(replace(build(f"new{number}"), result=None, finished_at=None)).result()
        found = opened.select("SELECT repo_id, pipeline, since FROM saved_build WHERE since IS NOT NULL")
        assert counted(found) == expected
        assert sum(due.saves for due in analyses.due(opened, NOW, 10)) == expected.total()
        numbers = opened.select("SELECT number FROM saved_build")["number"]
        assert len({*numbers}) == expected.total() + 2
