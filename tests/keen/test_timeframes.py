"""Timeframes and buckets: weeks from Sunday, clipped ends, zones whose clocks change."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

import pytest

from buildtimetrend.errors import BadRequest
from buildtimetrend.keen.language import intervals, times
from buildtimetrend.keen.language.timeframes import Span, span

NOW = datetime(2024, 3, 13, 15, 42, 7, 250_000, UTC)  # a Wednesday


def of(value: Any, zone: Any = None, now: datetime = NOW) -> tuple[str, str]:
    where = times.zone(zone)
    found = span(value, where, now)
    assert found is not None
    return times.text(found.since, where), times.text(found.until, where)


def bounds(value: Any, interval: str, zone: Any = None, now: datetime = NOW) -> list[tuple[str, str]]:
    where = times.zone(zone)
    found = intervals.buckets(interval, span(value, where, now), where)
    assert found is not None
    return [(times.text(each.since, where), times.text(each.until, where)) for each in found.clipped()]


@pytest.mark.parametrize(
    ("value", "since", "until"),
    [
        ("this_minute", "2024-03-13T15:42", NOW),
        ("this_hour", "2024-03-13T15:00", NOW),
        ("this_3_hours", "2024-03-13T13:00", NOW),
        ("this_day", "2024-03-13", NOW),
        ("today", "2024-03-13", NOW),
        ("this_7_days", "2024-03-07", NOW),
        ("this_week", "2024-03-10", NOW),
        ("this_2_weeks", "2024-03-03", NOW),
        ("this_month", "2024-03-01", NOW),
        ("this_year", "2024-01-01", NOW),
        ("this_2_years", "2023-01-01", NOW),
        ("previous_minute", "2024-03-13T15:41", "2024-03-13T15:42"),
        ("yesterday", "2024-03-12", "2024-03-13"),
        ("previous_1_day", "2024-03-12", "2024-03-13"),
        ("last_7_days", "2024-03-06", "2024-03-13"),
        ("previous_week", "2024-03-03", "2024-03-10"),
        ("previous_3_weeks", "2024-02-18", "2024-03-10"),
        ("previous_month", "2024-02-01", "2024-03-01"),
        ("previous_4_months", "2023-11-01", "2024-03-01"),
        ("previous_year", "2023-01-01", "2024-01-01"),
        ({"start": "2015-01-01", "end": "2015-01-02T00:00:00+02:00"}, "2015-01-01", "2015-01-01T22:00"),
    ],
)
def test_timeframes_in_utc(value: Any, since: str, until: str | datetime) -> None:
    def instant(text: str | datetime) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=UTC) if isinstance(text, str) else text

    assert span(value, UTC, NOW) == Span(instant(since), instant(until))


def test_no_timeframe_is_all_time() -> None:
    assert span(None, UTC, NOW) is None


def test_a_day_of_a_zone_is_that_zones() -> None:
    assert of("this_day", "US/Pacific")[0] == "2024-03-13T00:00:00.000-07:00"
    assert (
        of("this_week", "US/Pacific")[0] == "2024-03-10T00:00:00.000-08:00"
    )  # that night the clocks changed
    assert of("previous_day", -28800) == ("2024-03-12T00:00:00.000-08:00", "2024-03-13T00:00:00.000-08:00")
    assert of("this_hour", "Asia/Kathmandu")[0] == "2024-03-13T21:00:00.000+05:45"


def test_weeks_are_clipped_to_the_timeframe_and_begin_on_sunday() -> None:
    """As in a recorded answer of Keen.io for half a year of weeks."""
    half = bounds({"start": "2015-01-01", "end": "2015-07-01"}, "weekly")
    assert half[:2] == [
        ("2015-01-01T00:00:00.000Z", "2015-01-04T00:00:00.000Z"),
        ("2015-01-04T00:00:00.000Z", "2015-01-11T00:00:00.000Z"),
    ]
    assert half[-1] == ("2015-06-28T00:00:00.000Z", "2015-07-01T00:00:00.000Z")
    assert len(half) == 27


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2024-03-31T00:00+01:00", "2024-04-01T00:00+02:00", 23),
        ("2024-06-01T00:00+02:00", "2024-06-02T00:00+02:00", 24),
        ("2024-10-27T00:00+02:00", "2024-10-28T00:00+01:00", 25),
    ],
)
def test_days_on_which_clocks_change_are_one_day(start: str, end: str, hours: int) -> None:
    day = {"start": start, "end": end}
    assert len(bounds(day, "daily", "Europe/Brussels")) == 1
    assert len(bounds(day, "hourly", "Europe/Brussels")) == hours


def test_an_hour_that_comes_twice_is_two_buckets() -> None:
    night = {"start": "2024-10-27T00:00:00Z", "end": "2024-10-27T03:00:00Z"}
    assert [start for start, _ in bounds(night, "hourly", "Europe/Brussels")] == [
        "2024-10-27T02:00:00.000+02:00",
        "2024-10-27T02:00:00.000+01:00",
        "2024-10-27T03:00:00.000+01:00",
    ]


def test_a_day_that_begins_at_one_oclock_follows_the_day_before() -> None:
    """At São Paulo clocks were put forward at midnight."""
    days = bounds({"start": "2018-11-03T03:00Z", "end": "2018-11-06T02:00Z"}, "daily", "America/Sao_Paulo")
    assert [start for start, _ in days] == [
        "2018-11-03T00:00:00.000-03:00",
        "2018-11-04T01:00:00.000-02:00",
        "2018-11-05T00:00:00.000-02:00",
    ]


@pytest.mark.parametrize(
    ("interval", "starts"),
    [
        ("monthly", ["2024-01-30", "2024-02-01", "2024-03-01"]),
        ("yearly", ["2024-01-30"]),
        ("every_1_months", ["2024-01-30", "2024-02-01", "2024-03-01"]),
        ("every_2_months", ["2024-01-30", "2024-03-01"]),
        ("every_20_days", ["2024-01-30", "2024-02-19", "2024-03-10"]),
        ("every_3_weeks", ["2024-01-30", "2024-02-18", "2024-03-10"]),
    ],
)
def test_every_so_many_units_begins_with_that_of_the_start(interval: str, starts: list[str]) -> None:
    frame = {"start": "2024-01-30", "end": "2024-03-12"}
    assert [start[:10] for start, _ in bounds(frame, interval)] == starts


SYDNEY = {"start": "2024-03-01T00:00:00+11:00", "end": "2024-03-04T00:00:00+11:00"}


@pytest.mark.parametrize("zone", [None, 0, "UTC", 39600, "39600", "Australia/Sydney", "Europe/Brussels"])
def test_days_of_an_absolute_timeframe_follow_its_own_offset(zone: Any) -> None:
    found = intervals.buckets("daily", span(SYDNEY, times.zone(zone), NOW), times.zone(zone))
    assert found is not None
    assert [times.text(each.since) for each in found.clipped()] == [
        "2024-02-29T13:00:00.000Z",
        "2024-03-01T13:00:00.000Z",
        "2024-03-02T13:00:00.000Z",
    ]
    assert times.text(found.bounds[0], found.zone) == "2024-03-01T00:00:00.000+11:00"


@pytest.mark.parametrize(
    ("interval", "start", "end", "starts"),
    [
        ("hourly", "2024-01-01T00:00+05:30", "2024-01-01T02:00+05:30", ["2024-01-01T00", "2024-01-01T01"]),
        ("weekly", "2024-01-01T00:00-08:00", "2024-01-14T00:00-08:00", ["2024-01-01T00", "2024-01-07T00"]),
        ("monthly", "2024-01-31T20:00-08:00", "2024-02-02T00:00-08:00", ["2024-01-31T20", "2024-02-01T00"]),
        ("yearly", "2023-12-31T20:00-08:00", "2024-02-02T00:00-08:00", ["2023-12-31T20", "2024-01-01T00"]),
        (
            "every_2_days",
            "2024-01-01T05:00+11:00",
            "2024-01-05T00:00+11:00",
            ["2024-01-01T05", "2024-01-03T00"],
        ),
        ("daily", "2024-01-01T00:00+11:00", "2024-01-02T12:00Z", ["2024-01-01T00", "2024-01-02T00"]),
        ("daily", "2024-01-01T00:00+11:00", "2024-01-03T00:00+13:00", ["2024-01-01T00", "2024-01-02T00"]),
        ("daily", "2024-01-01T00:00+11:00", "2024-01-02", ["2024-01-01T00", "2024-01-02T00"]),
    ],
)
def test_every_interval_follows_the_offset_of_the_start(
    interval: str, start: str, end: str, starts: list[str]
) -> None:
    found = intervals.buckets(interval, span({"start": start, "end": end}, UTC, NOW), UTC)
    assert found is not None
    assert [times.text(each.since, found.zone)[:13] for each in found.clipped()] == starts


def test_a_zone_that_agrees_with_the_offset_of_the_start_knows_when_clocks_change() -> None:
    frame = {"start": "2024-10-26T00:00+02:00", "end": "2024-10-29T00:00+01:00"}
    assert [start for start, _ in bounds(frame, "daily", "Europe/Brussels")] == [
        "2024-10-26T00:00:00.000+02:00",
        "2024-10-27T00:00:00.000+02:00",
        "2024-10-28T00:00:00.000+01:00",
    ]


def test_a_start_in_utc_is_an_instant_whose_days_are_those_of_the_zone() -> None:
    frame = {"start": "2024-02-29T13:00:00Z", "end": "2024-03-02T13:00:00+00:00"}
    assert [start for start, _ in bounds(frame, "daily", "Australia/Sydney")] == [
        "2024-03-01T00:00:00.000+11:00",
        "2024-03-02T00:00:00.000+11:00",
    ]


@pytest.mark.parametrize(
    ("zone", "since", "until"),
    [
        (None, "2024-03-30T00:00:00.000Z", "2024-04-01T00:00:00.000Z"),
        ("Europe/Brussels", "2024-03-30T00:00:00.000+01:00", "2024-04-01T00:00:00.000+02:00"),
        (-28800, "2024-03-30T00:00:00.000-08:00", "2024-04-01T00:00:00.000-08:00"),
        ("Australia/Sydney", "2024-03-30T00:00:00.000+11:00", "2024-04-01T00:00:00.000+11:00"),
    ],
)
def test_dates_without_a_time_are_whole_days_of_the_zone(zone: Any, since: str, until: str) -> None:
    for frame in ({"start": "2024-03-30", "end": "2024-04-01"}, {"start": "20240330", "end": "20240401"}):
        assert of(frame, zone) == (since, until)
        assert len(bounds(frame, "daily", zone)) == 2
        assert len(bounds(frame, "hourly", zone)) == (47 if zone == "Europe/Brussels" else 48)


def test_a_time_without_an_offset_is_in_utc_whatever_the_zone() -> None:
    frame = {"start": "2024-03-30T00:00", "end": "2024-03-31T00:00:00"}
    assert of(frame, -28800) == ("2024-03-29T16:00:00.000-08:00", "2024-03-30T16:00:00.000-08:00")


@pytest.mark.parametrize("start", ["0001-01-01T00:00+11:00", "0001-01-01", "9999-12-31T23:00-11:00"])
@pytest.mark.parametrize("zone", ["Australia/Sydney", -28800, 0])
def test_a_timeframe_at_the_calendars_edge_has_no_buckets_or_is_refused(start: str, zone: Any) -> None:
    where = times.zone(zone)
    outside = {
        ("0001-01-01T00:00+11:00", zone),
        ("9999-12-31T23:00-11:00", zone),
        ("0001-01-01", "Australia/Sydney"),
    }
    with (
        pytest.raises(BadRequest, match="leaves the calendar") if (start, zone) in outside else nullcontext()
    ):
        found = intervals.buckets("daily", span({"start": start, "end": start}, where, NOW), where)
        assert found is not None
        assert len(found) == 0


def test_an_empty_timeframe_has_no_buckets() -> None:
    assert bounds({"start": "2024-01-01T12:00", "end": "2024-01-01T12:00"}, "daily") == []
    midnight = datetime(2024, 3, 13, tzinfo=UTC)
    assert bounds("this_day", "hourly", now=midnight) == []


@pytest.mark.parametrize(
    "value", ["this_0_days", "this_days_7", "next_day", "this_7_Days", "this_1_decade", "", "now"]
)
def test_what_is_no_timeframe_is_refused(value: str) -> None:
    with pytest.raises(BadRequest, match="timeframe"):
        span(value, UTC, NOW)


def test_buckets_whose_length_changes_too_often_are_refused() -> None:
    with pytest.raises(BadRequest, match="more than 400 times"):
        bounds("this_2024_years", "yearly")
    assert len(bounds("this_400_months", "monthly")) == 400
