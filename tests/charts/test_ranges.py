"""Charts over the whole range: by step, matrix, branch, clock, and one by one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from buildtimetrend import charts
from buildtimetrend.model import Build, Query, Result, Step
from buildtimetrend.store.base import Store
from tests.charts import reckon, sample
from tests.charts.sample import Run
from tests.charts.test_over_time import QUERIES

WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


@pytest.fixture(params=list(QUERIES))
def asked(request: pytest.FixtureRequest) -> Query:
    return QUERIES[request.param]


def outer_steps(runs: list[Run]) -> list[Step]:
    return [step for run in runs for step in run.job.steps if step.depth == 0]


def total(steps: list[Step]) -> float:
    return sum(step.duration for step in steps)


def longest_names(steps: list[Step]) -> list[str]:
    by_name = reckon.grouped(steps, sample.key_of)
    return sorted(by_name, key=lambda name: (-total(by_name[name]), name))[:20]


def test_steps_are_averaged_per_bucket_and_the_rest_is_the_time_that_it_took_per_job(
    store: Store, builds: list[Build], asked: Query
) -> None:
    runs = sample.timed(builds, asked)
    steps = outer_steps(runs)
    shown = longest_names(steps)
    by_bucket = reckon.grouped(runs, lambda run: reckon.bucket(run.finished_at, asked.interval))
    expected: dict[Any, list[Any]] = {}
    for start in reckon.buckets(asked):
        of_bucket = outer_steps(by_bucket[start])
        rest = [step for step in of_bucket if sample.key_of(step) not in shown]
        expected[start] = [
            reckon.average([step.duration for step in of_bucket if sample.key_of(step) == name])
            for name in shown
        ]
        if {sample.key_of(step) for step in steps} - set(shown):
            expected[start].append(total(rest) / len(by_bucket[start]) if rest else None)
    series = charts.draw("steps", store, asked)
    assert [column.name for column in series.columns[1 : len(shown) + 1]] == shown
    assert reckon.same(reckon.rows(series), expected)


def test_the_slowest_steps_have_their_share_of_all_and_their_change_since_the_range_before(
    store: Store, builds: list[Build], asked: Query
) -> None:
    steps = outer_steps(sample.timed(builds, asked))
    shown = longest_names(steps)
    groups = reckon.grouped(steps, lambda step: key if (key := sample.key_of(step)) in shown else "other")
    sides = [sample.timed(builds, of) for of in (asked, reckon.before(asked))]
    compared = [len({run.build.id for run in runs}) for runs in sides]
    earlier = reckon.grouped(outer_steps(sides[1]), sample.key_of)
    expected: dict[Any, list[Any]] = {}
    for name in [*shown, "other"]:
        if name not in groups:
            continue
        durations = [step.duration for step in groups[name]]
        average, p50, p95, runs = reckon.figures(durations)
        share = 100 * sum(durations) / total(steps)
        if name == "other":
            expected[name] = [None, average, None, None, share, runs, None, None, None, None]
        else:
            previous = reckon.average([step.duration for step in earlier[name]])
            ran_before = [step.duration for step in earlier[name]]
            before, margin = len(ran_before), reckon.margin_of_means(durations, ran_before)
            counts = len(durations), before, *compared
            changed = reckon.changed(asked, average, previous, *counts, margin=margin)
            called = name.removeprefix("script: ")
            expected[called] = ["script", average, p50, p95, share, runs, previous, before, *changed]
    series = charts.draw("slowest_steps", store, asked)
    assert reckon.same(reckon.rows(series), expected)
    if steps:
        assert reckon.close(sum(float(str(value)) for value in reckon.column(series, "share").values), 100)


def test_some_steps_of_the_sample_ran_in_the_range_before(store: Store) -> None:
    half = sample.query(since=sample.SINCE + timedelta(days=10), until=sample.SINCE + timedelta(days=20))
    changes = reckon.column(charts.draw("slowest_steps", store, half), "change").values
    assert any(isinstance(change, float) and change > 0 for change in changes)
    assert any(isinstance(change, float) and change < 0 for change in changes)


@pytest.mark.parametrize(
    ("chart", "group"),
    [
        ("matrix", lambda run: run.job.matrix.summary),
        ("branches", lambda run: run.build.branch or "(none)"),
    ],
)
def test_durations_per_group_begin_with_the_one_of_most_jobs(
    store: Store, builds: list[Build], asked: Query, chart: str, group: Any
) -> None:
    groups = reckon.grouped(sample.timed(builds, asked), group)
    expected = {name: reckon.figures([run.seconds for run in runs]) for name, runs in groups.items()}
    found = reckon.rows(charts.draw(chart, store, asked))
    assert [len(groups[name]) for name in found] == sorted(map(len, groups.values()), reverse=True)
    assert reckon.same(found, {name: expected[name] for name in found})
    assert set(found) == set(groups)


def test_results_per_matrix_entry_count_every_job(store: Store, builds: list[Build], asked: Query) -> None:
    groups = reckon.grouped(sample.runs(builds, asked), lambda run: run.job.matrix.summary)
    order = sorted(groups, key=lambda name: (-len(groups[name]), name))
    expected = {
        name: [sum(run.job.result is result for run in groups[name]) for result in Result] for name in order
    }
    assert reckon.same(reckon.rows(charts.draw("matrix_results", store, asked)), expected)


def clock(runs: list[Run], key: Any, places: list[Any]) -> dict[Any, list[Any]]:
    groups = reckon.grouped(runs, lambda run: key(run.job.started_at))
    return {
        place: [reckon.average([run.seconds for run in groups[place]]), len(groups[place])]
        for place in places
    }


def side_by_side(builds: list[Build], asked: Query, key: Any, places: list[Any]) -> dict[Any, list[Any]]:
    """The averages of the last week, month and year, by place."""
    found = []
    for days in (7, 30, 52 * 7):
        runs = sample.timed(builds, replace(asked, since=asked.until - timedelta(days=days)))
        found.append(clock(runs, key, places))
    return {place: [of_range[place][0] for of_range in found] for place in places}


def test_hours_are_those_of_the_start_in_utc(store: Store, builds: list[Build], asked: Query) -> None:
    expected = side_by_side(builds, asked, lambda start: start.hour, list(range(24)))
    series = charts.draw("hours", store, asked)
    assert [column.name for column in series.columns] == ["hour", "week", "month", "year"]
    assert reckon.same(reckon.rows(series), expected)


def test_weekdays_begin_on_monday(store: Store, builds: list[Build], asked: Query) -> None:
    expected = side_by_side(builds, asked, lambda start: WEEKDAYS[start.weekday()], WEEKDAYS)
    series = charts.draw("weekdays", store, asked)
    assert [column.name for column in series.columns] == ["weekday", "week", "month", "year"]
    assert reckon.same(reckon.rows(series), expected)


@pytest.mark.parametrize("chart", ["hours", "weekdays"])
def test_week_month_and_year_do_not_depend_on_the_start_of_the_range(store: Store, chart: str) -> None:
    week, month, year = (
        charts.draw(chart, store, sample.query(since=sample.UNTIL - timedelta(days=days)))
        for days in (7, 30, 364)
    )
    # In which order an engine adds up differs from one query to the next.
    assert all(reckon.same(reckon.rows(other), reckon.rows(week)) for other in (month, year))
    assert len({column.values for column in week.columns[1:]}) > 1


def test_the_heatmap_has_every_hour_of_the_week(store: Store, builds: list[Build], asked: Query) -> None:
    places = [(day, hour) for day in WEEKDAYS for hour in range(24)]
    expected = clock(
        sample.timed(builds, asked), lambda start: (WEEKDAYS[start.weekday()], start.hour), places
    )
    weekday, hour, average, jobs = charts.draw("heatmap", store, asked).columns
    found = {
        place: [average.values[row], jobs.values[row]]
        for row, place in enumerate(zip(weekday.values, hour.values, strict=True))
    }
    assert reckon.same(found, expected)


def test_the_latest_builds_come_oldest_first_with_wall_time_and_the_sum_of_their_jobs(
    store: Store, builds: list[Build], asked: Query
) -> None:
    found = sample.ended_builds(builds, asked)
    found.sort(key=lambda build: (build.finished_at, build.id, build.attempt))
    series = charts.draw("build_durations", store, asked)
    assert list(zip(series.columns[0].values, series.columns[1].values, strict=True)) == [
        (build.number, build.attempt) for build in found
    ]
    assert list(reckon.column(series, "duration").values) == [build.duration for build in found]
    assert set(reckon.column(series, "provider").values) <= {"travis"}
    expected = [sum(job.duration or 0 for job in build.jobs) or None for build in found]
    assert all(map(reckon.close, reckon.column(series, "job_time").values, expected))


def test_the_latest_jobs_come_oldest_first(store: Store, builds: list[Build], asked: Query) -> None:
    found = [run.job for run in sample.runs(builds, asked) if run.job.duration is not None]
    series = charts.draw("job_durations", store, asked)
    ends = list(reckon.column(series, "finished_at").values)
    assert ends == sorted(job.finished_at for job in found if job.finished_at)[-100:]
    assert len(series.columns[0].values) == min(100, len(found))
    assert set(reckon.column(series, "provider").values) <= {"travis"}
    durations: dict[Any, float | None] = {(job.number, job.finished_at): job.duration for job in found}
    for number, end, duration in zip(
        series.columns[0].values, ends, reckon.column(series, "duration").values, strict=True
    ):
        assert reckon.close(duration, durations[number, end])
