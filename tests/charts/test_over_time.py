from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from buildtimetrend import charts
from buildtimetrend.model import Build, Query, Result
from buildtimetrend.store.base import Store
from tests.charts import reckon, sample
from tests.charts.sample import Run

QUERIES = {
    "by hour": sample.query("hour"),
    "by day": sample.query("day"),
    "by week": sample.query("week"),
    "one branch": sample.query(branch="main"),
    "one trigger": sample.query(trigger="pull_request"),
    "one matrix entry": sample.query(build_matrix="python 3.2 linux"),
    "one result": sample.query(result="failed"),
    "canceled": sample.query(result="canceled"),
    "all filters": sample.query(
        branch="main", trigger="push", build_matrix="python 3.1 linux", result="passed"
    ),
    "nothing passes": sample.query(branch="no such branch"),
    "not on borders": sample.query(
        since=sample.SINCE + timedelta(days=2, hours=5, minutes=7), until=sample.UNTIL - timedelta(hours=7)
    ),
    "one hour": sample.query("hour", until=sample.SINCE + timedelta(hours=1)),
    "before all": sample.query(
        since=datetime(2020, 1, 1, tzinfo=UTC), until=datetime(2020, 2, 1, tzinfo=UTC)
    ),
}


@pytest.fixture(params=list(QUERIES))
def asked(request: pytest.FixtureRequest) -> Query:
    return QUERIES[request.param]


def over_time(
    asked: Query,
    things: Sequence[Any],
    at: Callable[[Any], datetime],
    figures: Callable[[list[Any]], list[Any]],
) -> dict[Any, list[Any]]:
    groups = reckon.grouped(things, lambda thing: reckon.bucket(at(thing), asked.interval))
    return {start: figures(groups[start]) for start in reckon.buckets(asked)}


def job_end(run: Run) -> datetime:
    return run.finished_at


def build_end(build: Build) -> datetime:
    assert build.finished_at
    return build.finished_at


def test_durations_are_those_of_the_jobs_that_finished_in_each_bucket(
    store: Store, builds: list[Build], asked: Query
) -> None:
    expected = over_time(
        asked,
        sample.timed(builds, asked),
        job_end,
        lambda runs: reckon.figures([run.seconds for run in runs]),
    )
    assert reckon.same(reckon.rows(charts.draw("duration", store, asked)), expected)


def test_queue_times_are_apart_from_durations(store: Store, builds: list[Build], asked: Query) -> None:
    waited = [run for run in sample.runs(builds, asked) if run.job.queue_time is not None]
    expected = over_time(
        asked, waited, job_end, lambda runs: reckon.figures([run.job.queue_time for run in runs])
    )
    assert reckon.same(reckon.rows(charts.draw("queue", store, asked)), expected)


def test_success_is_the_share_of_passed_jobs_among_those_that_came_to_an_end_of_their_own(
    store: Store, builds: list[Build], asked: Query
) -> None:
    decided = [
        run
        for run in sample.runs(builds, asked)
        if run.job.result in (Result.PASSED, Result.FAILED, Result.ERRORED)
    ]

    def figures(runs: list[Run]) -> list[Any]:
        passed = sum(run.job.result is Result.PASSED for run in runs)
        return [100 * passed / len(runs) if runs and "result" not in asked.filters else None, len(runs)]

    expected = over_time(asked, decided, job_end, figures)
    assert reckon.same(reckon.rows(charts.draw("success", store, asked)), expected)


def test_every_job_counts_by_its_result(store: Store, builds: list[Build], asked: Query) -> None:
    expected = over_time(
        asked,
        sample.runs(builds, asked),
        job_end,
        lambda runs: [sum(run.job.result is result for run in runs) for result in Result],
    )
    assert reckon.same(reckon.rows(charts.draw("jobs", store, asked)), expected)


def test_a_build_counts_once_by_its_last_attempt(store: Store, builds: list[Build], asked: Query) -> None:
    expected = over_time(
        asked,
        sample.last_attempts(builds, asked),
        build_end,
        lambda found: [sum(build.result is result for build in found) for result in Result],
    )
    assert reckon.same(reckon.rows(charts.draw("builds", store, asked)), expected)


def test_branches_beyond_the_busiest_are_counted_together(
    store: Store, builds: list[Build], asked: Query
) -> None:
    found = sample.last_attempts(builds, asked)
    sizes = reckon.grouped(found, lambda build: build.branch or "(none)")
    shown = sorted(sizes, key=lambda branch: (-len(sizes[branch]), branch))[:20]
    series = charts.draw("builds_per_branch", store, asked)
    names = [column.name for column in series.columns[1:]]
    assert names == shown + (["other"] if len(sizes) > 20 else [])

    def figures(group: list[Build]) -> list[int]:
        ours = [build.branch or "(none)" for build in group]
        rest = sum(branch not in shown for branch in ours)
        return [rest if name == "other" else ours.count(name) for name in names]

    assert reckon.same(reckon.rows(series), over_time(asked, found, build_end, figures))


def test_the_sample_has_enough_branches_for_some_to_be_counted_together(store: Store) -> None:
    series = charts.draw("builds_per_branch", store, QUERIES["by day"])
    assert series.columns[-1].name == "other"
    assert sum(reckon.counts(series.columns[-1])) > 0


def test_a_former_name_of_the_repo_and_other_case_answer_alike(store: Store) -> None:
    asked = QUERIES["by day"]
    today = charts.draw("duration", store, asked)
    assert charts.draw("duration", store, replace(asked, repo=sample.FORMER_NAME)) == today
    assert charts.draw("duration", store, replace(asked, repo=sample.REPO.upper())) == today


@pytest.mark.parametrize("name", list(charts.CHARTS))
def test_an_unknown_repo_has_empty_charts(store: Store, name: str) -> None:
    series = charts.draw(name, store, replace(QUERIES["by day"], repo="acme/nothing"))
    for column in series.columns:
        if column.unit in ("s", "%"):
            assert not any(column.values)
        elif column.unit:
            assert set(column.values) <= {0}
