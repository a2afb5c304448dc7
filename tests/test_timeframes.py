from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildtimetrend.timeframes import INTERVALS, TIMEFRAMES, bucket_of, buckets, interval_of, window

NOW = datetime(2026, 3, 4, 15, 30, 12, 5, tzinfo=UTC)  # a Wednesday

instants = st.datetimes(datetime(1970, 1, 5), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("timeframe", "since", "interval"),
    [
        ("day", datetime(2026, 3, 4, tzinfo=UTC), "hour"),
        ("week", NOW - timedelta(days=7), "day"),
        ("month", NOW - timedelta(days=30), "day"),
        ("year", NOW - timedelta(weeks=52), "week"),
    ],
)
def test_a_timeframe_ends_now(timeframe: str, since: datetime, interval: str) -> None:
    assert window(timeframe, NOW) == (since, NOW, interval)


@given(instants, st.sampled_from(list(TIMEFRAMES)))
def test_no_timeframe_is_empty(now: datetime, timeframe: str) -> None:
    since, until, interval = window(timeframe, now)
    assert since < until == now
    assert buckets(since, until, interval)


def test_at_midnight_today_is_the_day_that_ends() -> None:
    midnight = datetime(2026, 3, 5, tzinfo=UTC)
    assert window("day", midnight) == (midnight - timedelta(days=1), midnight, "hour")


@pytest.mark.parametrize(
    ("interval", "start"),
    [
        ("hour", datetime(2026, 3, 4, 15, tzinfo=UTC)),
        ("day", datetime(2026, 3, 4, tzinfo=UTC)),
        ("week", datetime(2026, 3, 2, tzinfo=UTC)),
    ],
)
def test_a_bucket_begins_on_the_hour_at_midnight_or_on_monday(interval: str, start: datetime) -> None:
    assert bucket_of(NOW, interval) == start
    assert bucket_of(start, interval) == start
    assert bucket_of(start - timedelta(microseconds=1), interval) == start - INTERVALS[interval]


@given(
    instants, st.timedeltas(timedelta(microseconds=1), timedelta(days=40)), st.sampled_from(list(INTERVALS))
)
def test_buckets_cover_the_range_and_nothing_else(since: datetime, length: timedelta, interval: str) -> None:
    until = since + length
    found = buckets(since, until, interval)
    assert found[0] <= since < found[0] + INTERVALS[interval]
    assert found[-1] < until <= found[-1] + INTERVALS[interval]
    assert found == [found[0] + n * INTERVALS[interval] for n in range(len(found))]


def test_an_empty_range_has_no_buckets() -> None:
    assert buckets(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC), "day") == []


@pytest.mark.parametrize(
    ("longest", "interval"), [(timedelta(days=3), "hour"), (timedelta(days=120), "day"), (None, "week")]
)
def test_the_interval_suits_the_length_of_the_range(longest: timedelta | None, interval: str) -> None:
    assert interval_of(longest or timedelta(days=100_000)) == interval
    if longest:
        assert interval_of(longest + timedelta(microseconds=1)) != interval
