"""When a budget burns: pure, on builds that are made up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import comb

import pytest

from buildtimetrend.budgets.burn import LEAST, PACES, Window, burning, by_chance, windows

BEGUN = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIVE = 0.05  # of the builds may be beyond it


def ended(builds: int, every: timedelta = HOUR) -> list[datetime]:
    return [BEGUN + number * every for number in range(builds)]


def told(pattern: str, allowed: float = FIVE, every: timedelta = HOUR) -> list[tuple[int, int | None]]:
    """`-` is a build beyond the budget."""
    found = burning(ended(len(pattern), every), [each == "-" for each in pattern], allowed)
    return [(each.first, each.over) for each in found]


def test_a_budget_that_half_of_the_builds_are_beyond_burns_from_the_first_of_them() -> None:
    assert told("+" * 60 + "-+" * 12) == [(60, None)]


def test_what_is_within_the_budget_burns_nothing() -> None:
    assert not told(("+" * 19 + "-") * 20)


def test_three_in_a_row_that_are_over_burn_nothing() -> None:
    assert not told("+" * 60 + "---" + "+" * 30)


def test_it_is_over_once_the_short_window_keeps_the_budget() -> None:
    [(first, over)] = told("+" * 60 + "-" * 12 + "+" * 40)
    assert first == 60
    assert over is not None
    assert 72 < over <= 72 + 24


def test_few_builds_never_burn() -> None:
    assert not told("-" * (LEAST - 1))
    assert told("-" * LEAST) == [(0, None)]


def test_windows_reach_back_until_they_have_enough_builds() -> None:
    weekly = "+" * 20 + "-" * 6
    assert told(weekly, every=timedelta(days=7)) == [(20, None)]
    long, short = windows(ended(26, timedelta(days=7)), [each == "-" for each in weekly], PACES[0])
    assert (long.builds, long.beyond, short.builds, short.beyond) == (10, 6, 4, 4)


def test_a_budget_of_half_of_the_builds_can_burn_too() -> None:
    assert told("-" * 40, allowed=0.5) == [(0, None)]
    assert not told("-+" * 40, allowed=0.5)


def test_a_rate_is_how_many_times_as_much_as_allowed_is_beyond() -> None:
    long, _ = windows(ended(24), [number % 4 == 0 for number in range(24)], PACES[0])
    assert (long.builds, long.beyond, round(long.rate(FIVE), 3)) == (24, 6, 5.0)


@pytest.mark.parametrize("allowed", [Fraction(1, 1000), Fraction(1, 20), Fraction(1, 2), Fraction(99, 100)])
@pytest.mark.parametrize("builds", [1, 10, 33])
def test_how_likely_chance_makes_so_many_is_that_of_exact_fractions(builds: int, allowed: Fraction) -> None:
    ways = [comb(builds, k) * allowed**k * (1 - allowed) ** (builds - k) for k in range(builds + 1)]
    for beyond in range(builds + 1):
        found = by_chance(Window(builds, beyond), float(allowed))
        assert found == pytest.approx(float(sum(ways[beyond:])), rel=1e-9, abs=1e-14)


def test_a_window_of_2000_builds_is_judged_as_one_of_ten() -> None:
    assert by_chance(Window(2000, 100), FIVE) == pytest.approx(0.51432549, rel=1e-7)
    assert 0 < by_chance(Window(2000, 200), FIVE) < 1e-18
    minutes = timedelta(minutes=1)
    assert not told(("+" * 19 + "-") * 100, every=minutes)
    [(first, over)] = told("+" * 1300 + "-" * 700, every=minutes)
    assert (first, over) == (1300, None)


@pytest.mark.parametrize(
    ("share", "tells_at"), [(95, [7, 3, 1.5]), (80, [4.5, 3, 1.5]), (60, [2.25, 2.25, 1.5])]
)
def test_no_rate_asks_for_more_than_nine_of_ten_builds(share: int, tells_at: list[float]) -> None:
    assert [pace.tells_at(1 - share / 100) for pace in PACES] == pytest.approx(tells_at)
