"""The parts of an instant, against examples that the old library's own tests fix."""

from __future__ import annotations

import locale
from datetime import UTC, datetime, timedelta, timezone

import pytest

from buildtimetrend.keen.instants import time_of


def test_an_instant_has_the_parts_that_the_old_library_made() -> None:
    parts = time_of(datetime(2014, 7, 9, 13, 38, 33, 456789, UTC))
    assert parts == {
        "isotimestamp": "2014-07-09T13:38:33.456789+00:00",
        "timestamp_seconds": 1404913113.456789,
        "year": "2014",
        "month": "07",
        "month_short": "Jul",
        "month_short_en": "Jul",
        "month_full": "July",
        "month_full_en": "July",
        "day_of_month": "09",
        "day_of_week": "3",
        "day_of_week_short": "Wed",
        "day_of_week_short_en": "Wed",
        "day_of_week_full": "Wednesday",
        "day_of_week_full_en": "Wednesday",
        "hour_12": "01",
        "hour_ampm": "PM",
        "hour_24": "13",
        "minute": "38",
        "second": "33",
        "microsecond": "456789",
        "timezone": "UTC",
        "timezone_offset": "+0000",
    }


@pytest.mark.parametrize(
    ("hour", "twelve", "half"), [(0, "12", "AM"), (11, "11", "AM"), (12, "12", "PM"), (23, "11", "PM")]
)
def test_hours_of_the_half_day_run_from_1_to_12(hour: int, twelve: str, half: str) -> None:
    parts = time_of(datetime(2024, 1, 7, hour, tzinfo=UTC))
    assert (parts["hour_12"], parts["hour_ampm"]) == (twelve, half)


def test_sunday_is_the_first_day_of_the_week() -> None:
    parts = time_of(datetime(2024, 1, 7, tzinfo=UTC))
    assert (parts["day_of_week"], parts["day_of_week_full"]) == ("0", "Sunday")


def test_parts_are_those_of_utc() -> None:
    east = timezone(timedelta(hours=9))
    assert time_of(datetime(2024, 1, 1, 3, tzinfo=east)) == time_of(datetime(2023, 12, 31, 18, tzinfo=UTC))


def test_parts_equal_what_strftime_says() -> None:
    assert locale.setlocale(locale.LC_TIME) in ("C", "C.UTF-8", "en_US.UTF-8")
    for day in range(366):
        at = datetime(2024, 1, 1, day % 24, tzinfo=UTC) + timedelta(days=day)
        parts = time_of(at)
        named = {
            "month_full": "%B",
            "day_of_week": "%w",
            "day_of_week_short": "%a",
            "hour_12": "%I",
            "hour_ampm": "%p",
        }
        assert {name: parts[name] for name in named} == {
            name: at.strftime(form) for name, form in named.items()
        }
