"""A comparison against one that is reckoned in plain Python, job by job."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from buildtimetrend.charts import comparison
from buildtimetrend.charts.comparison import Comparison, Contribution, compare
from buildtimetrend.charts.margins import Sums, margin, student
from buildtimetrend.model import Build, Query
from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.reads.compare import Side, build_before, busiest_branches, numbered
from tests.charts import reckon, sample
from tests.charts.sample import Run

HALF = sample.SINCE + timedelta(days=10)
EVER = sample.query(since=sample.SINCE - timedelta(days=100), until=sample.UNTIL + timedelta(days=100))

SIDES = {
    "periods": (Side(sample.query(until=HALF)), Side(sample.query(since=HALF))),
    "branches": (Side(sample.query(branch="main")), Side(sample.query(branch="topic-12"))),
    "filtered": (
        Side(sample.query(until=HALF, build_matrix="python 3.1 linux", trigger="push")),
        Side(sample.query(since=HALF, build_matrix="python 3.1 linux", trigger="push")),
    ),
    "one result": (
        Side(sample.query(until=HALF, result="canceled")),
        Side(sample.query(since=HALF, result="canceled")),
    ),
    "builds": (Side(EVER, "20"), Side(EVER, "21")),
    "attempts": (Side(EVER, "20", 1), Side(EVER, "21", 1)),
    "the same": (Side(sample.query()), Side(sample.query())),
}


@pytest.fixture(params=list(SIDES))
def sides(request: pytest.FixtureRequest) -> tuple[Side, Side]:
    return SIDES[request.param]


def chosen(
    builds: list[Build], side: Side, of: Callable[[list[Build], Query], list[Run]] = sample.timed
) -> list[Run]:
    return [
        run
        for run in of(builds, side.query)
        if side.number in (None, run.build.number) and side.attempt in (None, run.build.attempt or 1)
    ]


def in_step(run: Run, name: str) -> float:
    return sum(step.duration for step in run.job.steps if step.depth == 0 and step.command == name)


def outside(run: Run) -> float:
    return run.seconds - sum(step.duration for step in run.job.steps if step.depth == 0)


def names_of(runs: list[Run]) -> set[str]:
    return {str(step.command) for run in runs for step in run.job.steps if step.depth == 0}


def welch(a: list[float], b: list[float]) -> float | None:
    if len(a) < 2 or len(b) < 2:
        return None
    of_a, of_b = statistics.variance(a) / len(a), statistics.variance(b) / len(b)
    if of_a + of_b < 1e-12:
        return 0.0
    freedom = (of_a + of_b) ** 2 / (of_a**2 / (len(a) - 1) + of_b**2 / (len(b) - 1))
    return student(freedom) * math.sqrt(of_a + of_b)


def near(expected: float | None) -> object:
    """Up to the digits that squares lose."""
    return None if expected is None else pytest.approx(expected, rel=1e-6, abs=1e-3)


def by_name(found: Comparison) -> dict[str, Contribution]:
    return {part.name: part for part in found.steps}


def test_contributions_are_differences_of_seconds_per_job(
    store: Store, builds: list[Build], sides: tuple[Side, Side]
) -> None:
    a, b = (chosen(builds, side) for side in sides)
    assert a
    assert b
    found = by_name(compare(store, *sides))
    assert set(found) == names_of(a) | names_of(b) | {comparison.OUTSIDE}
    for name, part in found.items():
        of_a, of_b = (
            [outside(run) if name == comparison.OUTSIDE else in_step(run, name) for run in runs]
            for runs in (a, b)
        )
        assert part.a.mean == pytest.approx(statistics.fmean(of_a))
        assert part.b.mean == pytest.approx(statistics.fmean(of_b))
        assert part.contribution == pytest.approx(statistics.fmean(of_b) - statistics.fmean(of_a))
        assert part.margin == near(welch(of_a, of_b))


def test_contributions_add_up_to_the_difference_of_the_jobs(
    store: Store, builds: list[Build], sides: tuple[Side, Side]
) -> None:
    a, b = ([run.seconds for run in chosen(builds, side)] for side in sides)
    found = compare(store, *sides)
    expected = statistics.fmean(b) - statistics.fmean(a)
    assert found.difference == pytest.approx(expected, abs=1e-6)
    assert sum(part.contribution for part in found.steps) == pytest.approx(expected, abs=1e-6)
    assert found.change == pytest.approx(100 * expected / statistics.fmean(a), abs=1e-6)
    assert found.margin == near(welch(a, b))
    if abs(expected) > 1e-6:
        assert sum(part.share or 0 for part in found.steps) == pytest.approx(100)


def test_steps_are_ranked_by_what_they_contribute(store: Store, sides: tuple[Side, Side]) -> None:
    sizes = [abs(part.contribution) for part in compare(store, *sides).steps]
    assert sizes == sorted(sizes, reverse=True)


def test_runs_and_seconds_per_run_are_of_the_jobs_that_a_step_ran_in(
    store: Store, builds: list[Build]
) -> None:
    a, b = SIDES["periods"]
    found = by_name(compare(store, a, b))
    for side, runs in (("a", chosen(builds, a)), ("b", chosen(builds, b))):
        for name in names_of(runs):
            ran = [in_step(run, name) for run in runs if name in names_of([run])]
            part = getattr(found[name], side)
            assert part.runs == len(ran)
            assert part.per_run == pytest.approx(statistics.fmean(ran))


def test_figures_of_a_side(store: Store, builds: list[Build], sides: tuple[Side, Side]) -> None:
    found = compare(store, *sides)
    for side, figures in zip(sides, (found.a, found.b), strict=True):
        every, timed = chosen(builds, side, sample.runs), chosen(builds, side)
        seconds = [run.seconds for run in timed]
        waits = [run.job.queue_time for run in every if run.job.queue_time is not None]
        passed = sum(run.job.result == "passed" for run in every)
        decided = sum(run.job.result in ("passed", "failed", "errored") for run in every)
        ended = {
            build.id
            for build in sample.ended_builds(builds, side.query)
            if side.number in (None, build.number) and side.attempt in (None, build.attempt or 1)
        }
        assert (figures.jobs, figures.timed, figures.builds) == (len(every), len(timed), len(ended))
        assert figures.with_steps == sum(bool(run.job.steps) for run in timed)
        assert figures.mean == pytest.approx(statistics.fmean(seconds))
        assert figures.median == pytest.approx(reckon.percentile(seconds, 0.5))
        assert figures.p95 == pytest.approx(reckon.percentile(seconds, 0.95))
        assert figures.queue_median == pytest.approx(reckon.percentile(waits, 0.5))
        tells = decided and "result" not in side.query.filters
        assert figures.success_rate == (pytest.approx(100 * passed / decided) if tells else None)


def test_wall_times_and_waits_are_of_builds(
    store: Store, builds: list[Build], sides: tuple[Side, Side]
) -> None:
    found = compare(store, *sides)
    walls, waits = [], []
    for side in sides:
        meant = [
            build
            for build in builds
            if side.number in (None, build.number) and side.attempt in (None, build.attempt or 1)
        ]
        walls.append([build.duration or 0.0 for build in sample.timed_builds(meant, side.query)])
        by_build = reckon.grouped(
            [run for run in chosen(builds, side, sample.runs) if run.job.queue_time is not None],
            lambda run: (run.build.id, run.build.attempt),
        )
        waits.append([max(run.job.queue_time or 0.0 for run in group) for group in by_build.values()])
    for (a, b), of in ((walls, found.wall), (waits, found.waiting)):
        assert (of.a_builds, of.b_builds) == (len(a), len(b))
        assert of.a_median == near(reckon.percentile(a, 0.5))
        assert of.b_mean == near(reckon.average(b))
        assert of.difference == near(statistics.fmean(b) - statistics.fmean(a) if a and b else None)
        assert of.margin == near(welch(a, b))


def test_entries_of_the_matrix_are_compared_with_themselves(
    store: Store, builds: list[Build], sides: tuple[Side, Side]
) -> None:
    a, b = (
        {
            entry: [run.seconds for run in runs]
            for entry, runs in reckon.grouped(
                chosen(builds, side), lambda run: run.job.matrix.summary
            ).items()
        }
        for side in sides
    )
    found = compare(store, *sides)
    assert {entry.matrix for entry in found.matrix} == a.keys() | b.keys()
    weights = 0.0
    whole = 0
    for entry in found.matrix:
        of_a, of_b = a.get(entry.matrix, []), b.get(entry.matrix, [])
        assert (entry.a_jobs, entry.b_jobs) == (len(of_a), len(of_b))
        if not of_a or not of_b:
            assert entry.difference is None
            assert entry.margin is None
            continue
        difference = statistics.fmean(of_b) - statistics.fmean(of_a)
        assert entry.difference == pytest.approx(difference, abs=1e-6)
        assert entry.change == pytest.approx(100 * difference / statistics.fmean(of_a), abs=1e-6)
        assert entry.margin == near(welch(of_a, of_b))
        weights += difference * (len(of_a) + len(of_b))
        whole += len(of_a) + len(of_b)
    assert found.same_mix == (pytest.approx(weights / whole, abs=1e-6) if whole else None)


def test_a_side_without_jobs_has_no_difference(store: Store) -> None:
    found = compare(store, Side(sample.query(branch="none")), Side(sample.query()))
    assert (found.difference, found.margin, found.change, found.same_mix) == (None, None, None, None)
    assert found.steps == ()
    assert found.a.jobs == 0
    assert found.a.mean is None
    assert found.b.jobs > 0


def test_many_steps_are_one_behind_the_first_and_still_add_up(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = SIDES["periods"]
    whole = compare(store, a, b)
    monkeypatch.setattr(comparison, "STEPS", 5)
    found = compare(store, a, b)
    assert [part.kind for part in found.steps][-1] == "others"
    assert found.steps[:5] == whole.steps[:5]
    assert sum(part.contribution for part in found.steps) == pytest.approx(whole.difference)
    assert found.steps[-1].a.runs == sum(part.a.runs for part in whole.steps[5:])


def test_branches_are_those_with_most_builds_first(store: Store, builds: list[Build]) -> None:
    asked = sample.query()
    ended = sample.ended_builds(builds, asked)
    of_branch = reckon.grouped(ended, lambda build: build.branch)
    counts = {branch: len({build.id for build in found}) for branch, found in of_branch.items() if branch}
    expected = sorted(counts, key=lambda branch: (-counts[branch], branch))
    assert busiest_branches(store, asked, 1000) == expected
    assert busiest_branches(store, asked, 2) == expected[:2]


def test_the_build_before_is_the_last_that_ended_on_the_same_branch(
    store: Store, builds: list[Build]
) -> None:
    ended = [build for build in builds if build.repo == sample.REPO and build.finished_at]
    by_end = sorted(ended, key=lambda build: str(build.finished_at))
    for place, build in enumerate(by_end):
        again = any(later.number == build.number for later in by_end[place + 1 :])
        before = [
            earlier.number
            for earlier in by_end[:place]
            if earlier.branch == build.branch and earlier.number != build.number
        ]
        if not again:
            last = rows(numbered(store, sample.REPO, [build.number]))[-1]
            assert build_before(store, sample.REPO, last) == (before[-1] if before else None)


@pytest.mark.parametrize(
    ("freedom", "expected"),
    [(1, 12.706), (2, 4.303), (8, 2.306), (9, 2.262), (10, 2.228), (30, 2.042), (100, 1.984), (1e9, 1.960)],
)
def test_student_is_as_in_the_tables(freedom: float, expected: float) -> None:
    assert student(freedom) == pytest.approx(expected, abs=6e-4)


def test_one_value_has_no_margin_and_equal_ones_none_to_speak_of() -> None:
    one, many = Sums(1, 5.0, 25.0), Sums(3, 0.3, 0.03)
    assert margin(one, many) is None
    assert margin(many, many._replace(total=0.6, squares=0.12)) == pytest.approx(0, abs=1e-6)


def test_the_sides_of_a_comparison_may_be_swapped(store: Store) -> None:
    a, b = SIDES["periods"]
    there, back = compare(store, a, b), compare(store, b, a)
    assert there.difference == pytest.approx(-(back.difference or 0))
    assert replace(there, a=there.b, b=there.a).a == back.a
    assert [part.name for part in there.steps] == [part.name for part in back.steps]
