"""Weekly bars of worker time: their axis of round times, and the weeks below them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from buildtimetrend.web.analysis.bars import FLOOR, TOP, Bars, bars

FIRST = datetime(2025, 12, 1, tzinfo=UTC)
HOUR = 3600.0


def drawn(*hours: float) -> Bars:
    weeks = [(FIRST + timedelta(weeks=number), {"failed": each * HOUR}) for number, each in enumerate(hours)]
    found = bars(weeks)
    assert found
    return found


def test_a_bar_ends_at_the_tick_of_its_time() -> None:
    found = drawn(2, 0, 4, 5)
    ticks = {tick.said: tick.at for tick in found.ticks}
    assert list(ticks) == ["0 s", "2 h", "4 h"]
    assert ticks["0 s"] == FLOOR
    tops = [part.y for bar in found.bars for part in bar.parts]
    assert tops == [ticks["2 h"], ticks["4 h"], TOP]


def test_a_week_that_is_named_has_its_name_in_the_middle_below_it() -> None:
    found = drawn(*[1.0] * 26)
    middle = {round(bar.x + found.width / 2, 1): number for number, bar in enumerate(found.bars)}
    named = [(middle[round(week.at, 1)], week.said, week.between) for week in found.weeks]
    assert named[:3] == [(25, "25 May", False), (22, "4 May", True), (19, "13 Apr", True)]
    assert named[-2:] == [(4, "29 Dec 2025", True), (1, "8 Dec 2025", True)]


@pytest.mark.parametrize(("weeks", "names", "short"), [(1, 1, 1), (12, 12, 4), (53, 11, 4), (400, 12, 4)])
def test_all_weeks_are_in_sight_with_up_to_twelve_names(weeks: int, names: int, short: int) -> None:
    found = drawn(*[1.0] * weeks)
    assert 0 < found.bars[-1].x + found.width <= 100
    assert len(found.weeks) == names
    assert sum(not week.between for week in found.weeks) == short


@pytest.mark.parametrize("hours", [0.0001, 0.3, 7, 100, 9000, 1_000_000])
def test_an_axis_has_up_to_four_ticks_above_0_whatever_the_time(hours: float) -> None:
    assert 1 <= len(drawn(hours).ticks) <= 5
