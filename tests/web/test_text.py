from __future__ import annotations

from datetime import UTC, datetime

import pytest

from buildtimetrend.model import Value
from buildtimetrend.web import text


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0s"),
        (0.04, "0.0s"),
        (0.44, "0.4s"),
        (9.94, "9.9s"),
        (9.96, "10s"),
        (59.4, "59s"),
        (59.6, "1m"),
        (60, "1m"),
        (133, "2m 13s"),
        (3599.7, "1h"),
        (3900, "1h 5m"),
        (86399, "23h 59m"),
        (86400, "1d"),
        (4 * 86400 + 7300, "4d 2h"),
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
        (61, "s", "1m 1s"),
        (99.95, "%", "100.0%"),
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
