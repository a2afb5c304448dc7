"""When a budget burns: pure, on builds that are made up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from buildtimetrend.budgets.burn import LEAST, PACES, burning, windows

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
