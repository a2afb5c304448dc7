"""Charts of builds: their wall time, over time and one by one, and their branches."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from buildtimetrend import charts
from buildtimetrend.charts import build_points
from buildtimetrend.model import Build, Query, Result
from buildtimetrend.store import open_store, reads
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads.buckets import MONDAY
from tests.charts import reckon, sample
from tests.charts.test_over_time import QUERIES, build_end, over_time

Point = tuple[Any, ...]
DAY = timedelta(days=1)


@pytest.fixture(params=list(QUERIES))
def asked(request: pytest.FixtureRequest) -> Query:
    return QUERIES[request.param]


def seconds(build: Build) -> float:
    assert build.duration is not None
    return build.duration


def test_build_times_are_the_wall_times_of_last_attempts(
    store: Store, builds: list[Build], asked: Query
) -> None:
    expected = over_time(
        asked,
        sample.timed_builds(builds, asked),
        build_end,
        lambda found: reckon.figures([seconds(build) for build in found]),
    )
    assert reckon.same(reckon.rows(charts.draw("build_times", store, asked)), expected)


def points(store: Store, asked: Query) -> list[Point]:
    series = charts.draw("build_points", store, asked)
    names = [column.name for column in series.columns]
    assert names == ["finished_at", "duration", "result", "build", "attempt", "provider", "branch"]
    return list(zip(*(column.values for column in series.columns), strict=True))


def by_time(builds: list[Build], asked: Query) -> list[Build]:
    found = [build for build in sample.ended_builds(builds, asked) if build.duration is not None]
    return sorted(found, key=lambda build: (build.finished_at, build.id, build.attempt))


def point(build: Build) -> Point:
    return (
        build.finished_at,
        pytest.approx(seconds(build)),
        build.result,
        build.number,
        build.attempt,
        build.provider,
        build.branch,
    )


def test_every_build_is_a_point(store: Store, builds: list[Build], asked: Query) -> None:
    assert points(store, asked) == [point(build) for build in by_time(builds, asked)]


@pytest.mark.parametrize(("most", "latest"), [(20, 5), (31, 0), (40, 12), (13, 1)])
def test_of_too_many_builds_the_latest_and_of_each_slot_the_extremes_are_points(
    store: Store,
    builds: list[Build],
    asked: Query,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
    latest: int,
) -> None:
    monkeypatch.setattr(build_points, "POINTS", most)
    monkeypatch.setattr(build_points, "LATEST", latest)
    found = by_time(builds, asked)
    series = charts.draw("build_points", store, asked)
    assert (series.shown, series.of) == (len(series.columns[0].values), len(found))
    assert len(series.columns[0].values) <= most
    kept = found if len(found) <= most else chosen(found, asked, most, latest)
    assert points(store, asked) == [point(build) for build in kept]


def chosen(found: list[Build], asked: Query, most: int, latest: int) -> list[Build]:
    """Of builds by time."""
    slot = (asked.until - asked.since).total_seconds() / ((most - latest) // 6 - 1)
    groups = reckon.grouped(
        found,
        lambda build: (
            (build_end(build).timestamp() - MONDAY.timestamp()) // slot,
            build.result in (Result.FAILED, Result.ERRORED),
        ),
    )
    kept = found[len(found) - latest :]
    for group in groups.values():
        kept += [max(group, key=seconds), min(group, key=seconds), group[0]]
    return [build for build in found if any(build is one for one in kept)]


def test_builds_that_are_all_alike_leave_no_more_points_than_others() -> None:
    """As those that were canceled before they began, hundreds at once."""
    start = sample.SINCE + timedelta(days=1)
    with closing(open_store("duckdb://:memory:")) as store:
        alike = [
            Build(
                provider="travis",
                instance="https://api.travis-ci.com",
                repo="owner/alike",
                id=str(number),
                number=str(number),
                result=Result.CANCELED,
                raw_result="canceled",
                started_at=start,
                finished_at=start,
            )
            for number in range(build_points.POINTS + 1)
        ]
        for saved in [store.save(build) for build in alike]:
            saved.result()
        asked = Query("owner/alike", sample.SINCE, sample.UNTIL, "day")
        series = charts.draw("build_points", store, asked)
    assert (series.shown, series.of) == (build_points.LATEST + 1, build_points.POINTS + 1)


def test_points_stay_where_they_are_when_the_end_of_the_range_moves_on(
    store: Store, builds: list[Build], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build_points, "POINTS", 40)
    monkeypatch.setattr(build_points, "LATEST", 0)
    asked = sample.query()
    step = timedelta(hours=1)
    later = replace(asked, since=asked.since + step, until=asked.until + step)
    before, after = points(store, asked), points(store, later)
    assert len(by_time(builds, asked)) > 40
    # But for what enters and leaves at the ends of the range.
    inside = [one for one in before if asked.since + 3 * DAY < one[0] < asked.until - 3 * DAY]
    assert inside
    assert [one for one in inside if one not in after] == []


def test_branches_have_their_share_of_the_builds(store: Store, builds: list[Build], asked: Query) -> None:
    found = sample.last_attempts(builds, asked)
    groups = reckon.grouped(found, lambda build: build.branch or "(none)")
    order = sorted(groups, key=lambda branch: (-len(groups[branch]), branch))
    expected: dict[Any, list[Any]] = {
        branch: [len(groups[branch]), 100 * len(groups[branch]) / len(found)] for branch in order[:20]
    }
    if len(order) > 20:
        rest = sum(len(groups[branch]) for branch in order[20:])
        expected["other"] = [rest, 100 * rest / len(found)]
    assert reckon.same(reckon.rows(charts.draw("branch_builds", store, asked)), expected)


def test_figures_of_builds_are_of_last_attempts(store: Store, builds: list[Build], asked: Query) -> None:
    found = reads.build_figures(store, asked)
    last, timed = sample.last_attempts(builds, asked), sample.timed_builds(builds, asked)
    results = Counter(build.result for build in last)
    before = [seconds(build) for build in sample.timed_builds(builds, reckon.before(asked))]
    assert found["builds"] == len(last)
    assert [found[name] for name in ("passed", "failed", "canceled")] == [
        results[Result.PASSED], results[Result.FAILED] + results[Result.ERRORED], results[Result.CANCELED],
    ]  # fmt: skip
    _, median, p95, _ = reckon.figures([seconds(build) for build in timed])
    assert reckon.close(found["median"], median)
    assert reckon.close(found["p95"], p95)
    assert reckon.close(found["previous_median"], reckon.percentile(before, 0.5))
    assert (found["timed"], found["previous_timed"]) == (len(timed), len(before))
    runs = sample.runs(builds, asked)
    waits = reckon.grouped(
        [run for run in runs if run.job.queue_time is not None], lambda run: (run.build.id, run.build.attempt)
    )
    longest = [max(run.job.queue_time or 0 for run in group) for group in waits.values()]
    assert found["waited"] == len(longest)
    assert reckon.close(found["waited_median"], reckon.percentile(longest, 0.5))
    assert found["jobs"] == len(runs)
    assert found["job_time"] == pytest.approx(sum(run.job.duration or 0 for run in runs))
