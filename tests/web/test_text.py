from __future__ import annotations

from datetime import UTC, datetime

import pytest

from buildtimetrend.model import Value
from buildtimetrend.web import text


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
