"""A job is flaky when re-runs of the same commit keep changing its result: pure, on runs that are made up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buildtimetrend.waste.flaky import LEAST, QUIET, WINDOW, flaky, together
from buildtimetrend.waste.runs import Run, Tried, tried

BEGUN = datetime(2026, 3, 2, tzinfo=UTC)


def runs(results: list[str], job: str = "test") -> list[Run]:
    """`-+` is a build whose job failed, and passed when it was run again; each is of its own commit."""
    return [
        Run(build, f"commit {build}", job, result == "+", BEGUN + timedelta(hours=build, minutes=number))
        for build, each in enumerate(results)
        for number, result in enumerate(each)
    ]


def of(results: list[str]) -> list[Tried]:
    return tried(runs(results)).get("test", [])


def test_a_second_result_of_the_same_commit_is_a_change_and_the_same_result_again_is_none() -> None:
    assert of(["+", "-+", "--", "-+-"]) == [
        Tried(0, "commit 0", failed=False, reruns=0, changed=0),
        Tried(1, "commit 1", failed=True, reruns=1, changed=1),
        Tried(2, "commit 2", failed=True, reruns=1, changed=0),
        Tried(3, "commit 3", failed=True, reruns=2, changed=2),
    ]


def test_another_build_of_the_same_commit_runs_it_again() -> None:
    same = [Run(n, "c", "test", n % 2 == 0, BEGUN + timedelta(hours=n)) for n in range(2)]
    assert tried(same)["test"][1] == Tried(1, "c", failed=True, reruns=1, changed=1)


def test_a_job_whose_result_keeps_changing_is_flaky_from_the_first_time_on() -> None:
    [found] = flaky("test", of([*["+"] * 7, *["-+", "+", "+"] * 6]))
    assert (found.first, found.last, found.over) == (7, 22, None)
    assert (found.failed, found.builds, found.reruns, found.changed) == (6, 18, 6, 6)


def test_four_changed_results_are_not_enough() -> None:
    assert not flaky("test", of(["-+", "+", "+"] * (LEAST - 1)))


def test_changes_that_lie_far_apart_are_not_enough() -> None:
    assert not flaky("test", of(["-+", *["+"] * (WINDOW // (LEAST - 1))] * 12))


def test_many_re_runs_of_one_commit_are_one_change() -> None:
    assert not flaky("test", of(["+", "-+-+-+-+-+-+", "+"]))


def test_a_job_that_is_broken_and_run_again_in_vain_is_not_flaky() -> None:
    assert not flaky("test", of([*["+"] * 10, *["---"] * 30]))


def test_it_is_over_when_so_many_quiet_builds_would_be_rare() -> None:
    every_fifth = ["-+", *["+"] * 4] * 6
    [still] = flaky("test", of([*every_fifth, *["+"] * 32]))
    [over] = flaky("test", of([*every_fifth, *["+"] * 33]))
    assert still.over is None
    assert (over.last, over.over, over.builds) == (25, 26, 26)


@pytest.mark.parametrize("share", [0.1, 0.24, 0.5])
def test_one_that_goes_on_is_hardly_ever_said_to_be_over(share: float) -> None:
    rng = Random(1)
    said = [flaky("test", of(["-+" if rng.random() < share else "+" for _ in range(70)])) for _ in range(300)]
    assert sum(bool(found) for found in said) > 100
    assert sum(any(each.over is not None for each in found) for found in said) <= 12


def test_what_changed_in_every_build_needs_ten_quiet_ones() -> None:
    [still] = flaky("test", of([*["-+"] * 6, *["+"] * (QUIET - 1)]))
    [over] = flaky("test", of([*["-+"] * 6, *["+"] * QUIET]))
    assert (still.over, over.over) == (None, 6)


def test_a_job_that_fails_and_is_not_run_again_shows_nothing() -> None:
    [still] = flaky("test", of([*["-+"] * 6, *["-"] * 30]))
    assert still.over is None


def test_one_that_is_flaky_again_is_another_finding() -> None:
    found = flaky("test", of([*["-+"] * 6, *["+"] * 20, *["-+"] * 5]))
    assert [(each.first, each.over) for each in found] == [(0, 6), (26, None)]


def test_jobs_whose_results_change_in_the_same_builds_are_flaky_together() -> None:
    at_once = [*["-+", "+"] * 6]
    other = [*["+", "-+"] * 6]
    jobs = tried([*runs(at_once, "a"), *runs(at_once, "b"), *runs(other, "c")])
    assert [[each.job for each in group] for group in together(jobs)] == [["a", "b"], ["c"]]


def test_a_network_that_is_away_for_a_day_makes_no_job_flaky() -> None:
    assert not flaky("test", of([*["+"] * 30, *["-+"] * (LEAST - 1), *["+"] * 60]))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.sampled_from(["+", "-", "-+", "--", "+-"]), max_size=80), st.randoms(use_true_random=False)
)
def test_the_order_in_which_runs_arrive_changes_nothing(results: list[str], rng: Random) -> None:
    made = runs(results)
    shuffled = rng.sample(made, len(made))
    assert together(tried(shuffled)) == together(tried(made))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["+", "-+", "--"]), max_size=80), st.integers(1, 60))
def test_builds_that_passed_before_only_shift_the_places(results: list[str], more: int) -> None:
    plain, later = (flaky("test", of([*["+"] * n, *results])) for n in (0, more))
    assert [(e.first + more, e.changed) for e in plain] == [(e.first, e.changed) for e in later]
