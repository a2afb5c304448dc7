"""Builds that are asked for in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from buildtimetrend.errors import BadRequest
from buildtimetrend.providers.base import Latest, Numbers, Period, Selection
from buildtimetrend.providers.selection import selection_of

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def ago(days: int) -> Period:
    return Period(NOW - timedelta(days=days), NOW)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("5", Numbers(5, 5)),
        ("#5", Numbers(5, 5)),
        ("5-8", Numbers(5, 8)),
        ("5 8", Numbers(5, 8)),
        (" 5 \N{EN DASH} 8 ", Numbers(5, 8)),
        ("5..8", Numbers(5, 8)),
        ("5 to 8", Numbers(5, 8)),
        ("latest", Latest(100)),
        ("latest 20", Latest(20)),
        ("Latest 20 Builds", Latest(20)),
        ("the last 20", Latest(20)),
        ("20 newest", Latest(20)),
        ("since 90 days", ago(90)),
        ("since  90  days ago", ago(90)),
        ("last 2 weeks", ago(14)),
        ("since a", None),
        ("last month", ago(30)),
        ("since 1 year", ago(365)),
        ("since 2026-01-31", Period(datetime(2026, 1, 31, tzinfo=UTC), NOW)),
    ],
)
def test_words_mean_builds(said: str, meant: Selection | None) -> None:
    if meant is None:
        with pytest.raises(BadRequest):
            selection_of(said, 100, NOW)
    else:
        assert selection_of(said, 100, NOW) == meant


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("", "cannot be understood"),
        ("all", "cannot be understood"),
        ("0", "numbers begin at 1"),
        ("8-5", "the last is not below the first"),
        ("latest 0", "one is the least"),
        ("since 0 days", "no time within a hundred years"),
        ("since 99999 years", "no time within a hundred years"),
        ("since 2026-02-30", "no such day"),
        ("since 2027-01-01", "still to come"),
        ("9" * 5000, "cannot be understood"),
        ("\u0665", "cannot be understood"),
        ("latest 20; DROP TABLE build", "cannot be understood"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_can(said: str, why: str) -> None:
    with pytest.raises(BadRequest, match=why) as refused:
        selection_of(said, 100, NOW)
    assert refused.value.detail == "builds"
    assert "since 90 days" in refused.value.message
    assert len(refused.value.message) < 500
