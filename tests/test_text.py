from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from buildtimetrend import text
from buildtimetrend.model import Value


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (0.04, "0.0 s"),
        (0.44, "0.4 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 m"),
        (60, "1 m"),
        (133, "2 m 13 s"),
        (3599.7, "1 h"),
        (3900, "1 h 5 m"),
        (86399, "23 h 59 m"),
        (86400, "1 d"),
        (4 * 86400 + 7300, "4 d 2 h"),
        (None, text.UNKNOWN),
        (float("nan"), text.UNKNOWN),
    ],
)
def test_durations_as_people_say_them(seconds: Value, said: str) -> None:
    assert text.duration(seconds) == said


@pytest.mark.parametrize(
    ("cell", "unit", "said"),
    [
        (None, "s", text.UNKNOWN),
        (61, "s", "1 m 1 s"),
        (99.95, "%", "100.0 %"),
        (1234, "jobs", "1,234"),
        (1234.5, "", "1,234.50"),
        ("=x", "", "=x"),
        (True, "", "True"),
        (datetime(2026, 1, 2, tzinfo=UTC), "", "2026-01-02"),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "", "2026-01-02 03:04:05"),
    ],
)
def test_cells_by_their_unit(cell: Value, unit: str, said: str) -> None:
    assert text.value(cell, unit) == said


@pytest.mark.parametrize(
    ("start", "interval", "said"),
    [
        (datetime(2026, 7, 3, 23, tzinfo=UTC), "hour", "3 Jul, 23:00 - 24:00"),
        (datetime(2025, 7, 3, 9, tzinfo=UTC), "hour", "3 Jul 2025, 09:00 - 10:00"),
        (datetime(2026, 7, 3, tzinfo=UTC), "day", "Fri 3 Jul"),
        (datetime(2025, 12, 31, tzinfo=UTC), "day", "Wed 31 Dec 2025"),
        (datetime(2026, 7, 6, tzinfo=UTC), "week", "6 - 12 Jul"),
        (datetime(2026, 6, 29, tzinfo=UTC), "week", "29 Jun - 5 Jul"),
        (datetime(2025, 6, 30, tzinfo=UTC), "week", "30 Jun - 6 Jul 2025"),
        (datetime(2025, 12, 29, tzinfo=UTC), "week", "29 Dec 2025 - 4 Jan 2026"),
    ],
)
def test_a_bucket_is_called_by_all_that_it_holds(start: datetime, interval: str, said: str) -> None:
    whole = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    found = text.bucket(start, interval, *whole, 2026)
    assert found == said.replace("-", text.EN_DASH)


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        (timedelta(hours=70), timedelta(days=9), "1 - 5 Jul"),
        (timedelta(), timedelta(days=4), "29 Jun - 2 Jul"),
        (timedelta(), timedelta(days=4, microseconds=1), "29 Jun - 2 Jul"),
        (timedelta(), timedelta(days=4, seconds=1), "29 Jun - 3 Jul"),
        (timedelta(days=3, hours=1), timedelta(days=3, hours=2), "2 Jul"),
        (timedelta(days=3, microseconds=1), timedelta(days=3, microseconds=2), "2 Jul"),
    ],
)
def test_a_week_is_cut_where_its_range_is(since: timedelta, until: timedelta, said: str) -> None:
    monday = datetime(2026, 6, 29, tzinfo=UTC)
    found = text.bucket(monday, "week", monday + since, monday + until, 2026)
    assert found == said.replace("-", text.EN_DASH)
