"""Numbers only: time ranges and their buckets."""

from __future__ import annotations

from datetime import datetime, timedelta

INTERVALS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}

# Length and bucket of each timeframe; `day` is today, not the last 24 hours.
TIMEFRAMES = {
    "day": (timedelta(days=1), "hour"),
    "week": (timedelta(days=7), "day"),
    "month": (timedelta(days=30), "day"),
    "year": (timedelta(weeks=52), "week"),
}

# Longest range with buckets of an hour, of a day: at most 72 and 120 of them.
HOURLY, DAILY = timedelta(days=3), timedelta(days=120)


def window(timeframe: str, now: datetime) -> tuple[datetime, datetime, str]:
    """The half-open range [since, until) of a timeframe that ends `now`, and the interval of its buckets."""
    length, interval = TIMEFRAMES[timeframe]
    if timeframe == "day":
        # At midnight the day that ends then: a range is never empty.
        return bucket_of(now - timedelta(microseconds=1), "day"), now, interval
    return now - length, now, interval


def interval_of(length: timedelta) -> str:
    """The interval whose buckets are neither too many nor too few for a range of that length."""
    if length <= HOURLY:
        return "hour"
    return "day" if length <= DAILY else "week"


def bucket_of(instant: datetime, interval: str) -> datetime:
    """The start of the hour, day or week (from Monday) that an instant in UTC lies in."""
    hour = instant.replace(minute=0, second=0, microsecond=0)
    if interval == "hour":
        return hour
    day = hour.replace(hour=0)
    return day if interval == "day" else day - timedelta(days=day.weekday())


def buckets(since: datetime, until: datetime, interval: str) -> list[datetime]:
    """The starts of all buckets that touch [since, until)."""
    first, step = bucket_of(since, interval), INTERVALS[interval]
    return [first + n * step for n in range(-((first - until) // step))]
