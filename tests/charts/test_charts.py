from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from buildtimetrend import charts
from buildtimetrend.errors import NotFound
from buildtimetrend.model import Build, Column, Job, Query, Result
from buildtimetrend.store import open_store, reads
from buildtimetrend.store.base import Store
from tests.charts import reckon, sample
from tests.charts.test_over_time import QUERIES

MIDNIGHT = datetime(2026, 3, 3, tzinfo=UTC)


@pytest.mark.parametrize("name", list(charts.CHARTS))
@pytest.mark.parametrize("asked", list(QUERIES.values()), ids=list(QUERIES))
def test_every_chart_has_columns_of_one_length_with_distinct_names(
    store: Store, name: str, asked: Query
) -> None:
    series = charts.draw(name, store, asked)
    assert series.chart == name
    assert series.title == charts.CHARTS[name].title
    assert len({len(column.values) for column in series.columns}) == 1
    assert len({column.name for column in series.columns}) == len(series.columns)


@pytest.mark.parametrize("name", list(charts.CHARTS))
def test_every_chart_explains_itself_and_has_a_unit_that_it_draws(store: Store, name: str) -> None:
    chart = charts.CHARTS[name]
    assert chart.help.endswith(".")
    assert chart.name == name
    assert chart.unit in {column.unit for column in chart.draw(store, QUERIES["by day"]).columns}


def test_an_unknown_chart_is_answered_with_the_known_ones(store: Store) -> None:
    with pytest.raises(NotFound, match="duration, queue, success"):
        charts.draw("nothing", store, QUERIES["by day"])


def test_numbers_are_floats_and_ints_and_instants_are_in_utc(store: Store) -> None:
    for name in charts.CHARTS:
        for column in charts.draw(name, store, QUERIES["by day"]).columns:
            for value in column.values:
                assert value is None or type(value) in {int, float, str, datetime}
                assert not isinstance(value, datetime) or value.tzinfo is UTC


def test_an_empty_store_draws_empty_charts(tmp_path: Path) -> None:
    store = open_store(f"duckdb:///{tmp_path}/empty.duckdb")
    try:
        for name in charts.CHARTS:
            assert charts.draw(name, store, QUERIES["by week"]).columns
    finally:
        store.close()


def one_build(store: Store, started_at: datetime, seconds: float) -> None:
    finished_at = started_at + timedelta(seconds=seconds)
    job = Job("1", "1.1", Result.PASSED, "passed", started_at=started_at, finished_at=finished_at)
    store.save(
        Build(
            "travis",
            "https://api.travis-ci.com",
            "acme/one",
            "1",
            "1",
            Result.PASSED,
            "passed",
            started_at=started_at,
            finished_at=finished_at,
            jobs=(job,),
        )
    ).result()


def drawn(store: Store, name: str, since: datetime, until: datetime) -> Column:
    series = charts.draw(name, store, Query("acme/one", since, until))
    return reckon.column(series, "jobs")


def test_a_job_belongs_to_the_day_on_which_it_finished_and_to_the_hour_in_which_it_started(
    tmp_path: Path,
) -> None:
    store = open_store(f"duckdb:///{tmp_path}/one.duckdb")
    try:
        one_build(store, MIDNIGHT - timedelta(seconds=60), 60)
        days = drawn(store, "duration", MIDNIGHT - timedelta(days=1), MIDNIGHT + timedelta(days=1))
        hours = drawn(store, "heatmap", MIDNIGHT - timedelta(days=1), MIDNIGHT + timedelta(days=1))
        ended_before = drawn(store, "duration", MIDNIGHT - timedelta(days=1), MIDNIGHT)
    finally:
        store.close()
    assert days.values == (0, 1)
    assert hours.values == (*[0] * 23, 1, *[0] * 144)  # Monday, 23:00
    assert ended_before.values == (0,)


@pytest.mark.parametrize("microseconds", [-1, 0, 1])
def test_a_border_of_buckets_is_exact_to_the_microsecond(tmp_path: Path, microseconds: int) -> None:
    store = open_store(f"duckdb:///{tmp_path}/border.duckdb")
    try:
        one_build(store, MIDNIGHT - timedelta(seconds=60) + timedelta(microseconds=microseconds), 60)
        days = drawn(store, "duration", MIDNIGHT - timedelta(days=1), MIDNIGHT + timedelta(days=1))
    finally:
        store.close()
    assert days.values == ((1, 0) if microseconds < 0 else (0, 1))


@pytest.mark.parametrize("asked", list(QUERIES.values()), ids=list(QUERIES))
def test_charts_agree_with_the_totals(store: Store, builds: list[Build], asked: Query) -> None:
    totals = reads.totals(store, asked)
    for chart, count in (("jobs", "jobs"), ("builds", "builds"), ("builds_per_branch", "builds")):
        columns = charts.draw(chart, store, asked).columns[1:]
        assert sum(sum(reckon.counts(column)) for column in columns) == totals[count]
    assert totals["jobs"] == len(sample.runs(builds, asked))
    assert (
        sum(reckon.counts(reckon.column(charts.draw("branch_builds", store, asked), "builds")))
        == totals["builds"]
    )
    durations = [run.seconds for run in sample.timed(builds, asked)]
    assert reckon.close(totals["average_duration"], reckon.average(durations))


def test_the_documentation_has_a_line_for_every_chart() -> None:
    text = (Path(__file__).parents[2] / "docs" / "charts.md").read_text(encoding="utf-8")
    documented = [line.split("`")[1] for line in text.splitlines() if line.startswith("| `")]
    assert sorted(documented) == sorted(charts.CHARTS)
