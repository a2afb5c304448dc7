"""Charts of builds: their wall time, over time and one by one, and their branches."""

from __future__ import annotations

from typing import Any

import pytest

from buildtimetrend import charts
from buildtimetrend.charts import build_times
from buildtimetrend.model import Build, Query
from buildtimetrend.store.base import Store
from tests.charts import reckon, sample
from tests.charts.test_over_time import QUERIES, build_end, over_time

Point = tuple[Any, ...]


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


@pytest.mark.parametrize(("most", "slowest"), [(20, 5), (30, 29), (40, 1), (7, 3)])
def test_of_too_many_builds_the_slowest_are_points_and_the_others_in_equal_steps(
    store: Store,
    builds: list[Build],
    asked: Query,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
    slowest: int,
) -> None:
    monkeypatch.setattr(build_times, "POINTS", most)
    monkeypatch.setattr(build_times, "SLOWEST", slowest)
    found = by_time(builds, asked)
    kept = set(range(len(found)))
    if len(found) > most:
        step = -(-len(found) // (most - slowest))
        ranked = sorted(kept, key=lambda place: (-seconds(found[place]), place))
        kept = {place for place in kept if place % step == 0} | set(ranked[:slowest])
    assert points(store, asked) == [point(found[place]) for place in sorted(kept)]
    assert len(kept) <= most


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
