"""What is enough to compare, and what a change means."""

from __future__ import annotations

from random import Random
from statistics import quantiles

import pytest

from buildtimetrend.enough import Change, change, change_of_medians, margin_of_medians, notable


@pytest.mark.parametrize(
    ("now", "before", "counts", "expected"),
    [
        (120.0, 100.0, (10, 10), "slower"),
        (80.0, 100.0, (10, 10), "faster"),
        (104.0, 100.0, (10, 10), "same"),
        (1.9, 1.0, (99, 99), "same"),  # less than a second
        (0.9, 0.1, (99, 99), "under 1 s"),
        (0.0, None, (99, 0), "under 1 s"),
        (2.5, 0.0, (99, 99), "slower"),
        (120.0, 100.0, (9, 10), "too few"),
        (120.0, 100.0, (10, 9), "too few"),
        (120.0, 100.0, (99, 99, 99, 1), "too few"),
        (120.0, None, (99, 0), "too few"),
        (None, 100.0, (0, 99), "unknown"),
    ],
)
def test_a_change_says_what_it_means(
    now: float | None, before: float | None, counts: tuple[int, ...], expected: str
) -> None:
    found = change(now, before, *counts)
    assert found.verdict == expected
    if expected in ("too few", "under 1 s", "unknown"):
        assert found.percent is None


def test_within_its_margin_a_change_may_be_chance() -> None:
    assert change(150.0, 100.0, 10, 10, margin=50.0) == Change(50.0, "may be chance")
    assert change(150.0, 100.0, 10, 10, margin=49.9).verdict == "slower"


def side(median: float, width: float) -> dict[str, float]:
    return {"median": median, "low": median - width / 2, "high": median + width / 2}


def test_medians_may_differ_by_chance_the_less_the_more_builds_there_are() -> None:
    """Of builds that take 100 s, a quarter of them 13 s less or more, 13 % is chance of 12, and not of 48."""
    verdicts = [
        change_of_medians((side(113.0, 26.0), builds), (side(100.0, 26.0), builds)).verdict
        for builds in (9, 12, 48)
    ]
    assert verdicts == ["too few", "may be chance", "slower"]
    assert margin_of_medians((side(1.0, 0.0), 9), (side(2.0, 0.0), 9)) == 0.0
    assert margin_of_medians(({}, 0), (side(2.0, 1.0), 9)) is None


@pytest.mark.parametrize("builds", [12, 40])
def test_the_margin_of_medians_holds_what_chance_does_in_95_of_100_draws(builds: int) -> None:
    drawn = Random(7)

    def some() -> dict[str, float]:
        low, median, high = quantiles([drawn.gauss(100, 15) for _ in range(builds)], n=4, method="inclusive")
        return {"low": low, "median": median, "high": high}

    within = 0
    for _ in range(2000):
        now, before = some(), some()
        margin = margin_of_medians((now, builds), (before, builds))
        within += margin is not None and abs(now["median"] - before["median"]) <= margin
    assert 0.92 <= within / 2000 <= 0.975


@pytest.mark.parametrize(
    ("difference", "before", "expected"),
    [(1.0, 20.0, True), (-1.0, 20.0, True), (0.99, 1.0, False), (4.9, 100.0, False), (1.0, None, True)],
)
def test_a_colour_needs_a_second_and_five_percent(
    difference: float, before: float | None, expected: bool
) -> None:
    assert notable(difference, before) is expected
