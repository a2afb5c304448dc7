"""Weekly bars of worker time: their axis of round times, and the weeks below them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from buildtimetrend.web.analysis.bars import BAR, FLOOR, TOP, Bars, bars

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


def test_a_week_that_is_named_stands_above_its_name_and_the_last_is_one() -> None:
    found = drawn(*[1.0] * 9)
    right = {bar.x + BAR: number for number, bar in enumerate(found.bars)}
    assert [(right[week.at], week.said) for week in found.weeks] == [
        (8, "26 Jan"),
        (4, "29 Dec 2025"),
        (0, "1 Dec 2025"),
    ]


@pytest.mark.parametrize("hours", [0.0001, 0.3, 7, 100, 9000, 1_000_000])
def test_an_axis_has_up_to_four_ticks_above_0_whatever_the_time(hours: float) -> None:
    assert 1 <= len(drawn(hours).ticks) <= 5
