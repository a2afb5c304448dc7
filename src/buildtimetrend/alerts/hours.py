"""Hours of the week, as people write them: `22:00-7:00`, `weekdays 18:00-8:00, weekends`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
GROUPS = {"weekdays": DAYS[:5], "weekends": DAYS[5:], "daily": DAYS}
OF_DAY = 24 * 60  # minutes
OF_WEEK = 7 * OF_DAY
LONGEST = 300  # characters

_TIMES = "must be two times of day, as 22:00-7:00"
_FORM = "must be a time of day, as 22:00-7:00, with or without days, as weekdays 18:00-8:00, weekends"
_DASH = re.compile(r"\s*-\s*")


def hours(value: str) -> str:
    """As it is. Raises ValueError for what is no hours of the week."""
    minutes(value)
    return value


def clock(value: str) -> time:
    """Of `22:00`. Raises ValueError for what is no time of day."""
    hour, colon, minute = value.strip().partition(":")
    if not (colon and hour.isdecimal() and minute.isdecimal() and len(minute) == 2):
        raise ValueError("must be a time of day, as 22:00")
    return time(int(hour), int(minute))


@lru_cache(maxsize=256)
def minutes(value: str) -> frozenset[int]:
    """Those of the week, from Monday 0:00 on, that are within these hours; a span that ends before it begins
    goes on the next day.
    """
    spans = [span for span in value.split(",") if span.strip()]
    return frozenset(minute for span in spans for minute in _span(span))


@lru_cache(maxsize=256)
def closed(quiet: str, only: str) -> frozenset[int]:
    """Minutes in which nothing is sent: within quiet hours, or outside of those in which alone it is."""
    return minutes(quiet) | (frozenset(range(OF_WEEK)) - minutes(only) if only.strip() else frozenset())


def next_outside(at: datetime, within: Set[int], zone: ZoneInfo) -> datetime:
    """The same instant, or the end of the hours that it is in. Not for hours of the whole week."""
    wall = at.astimezone(zone).replace(tzinfo=None)
    if _minute(wall) not in within:
        return at
    wall = wall.replace(second=0, microsecond=0)
    while _minute(wall) in within:
        wall += timedelta(minutes=1)
    # When clocks are put back an hour is twice.
    ends = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return next((end for end in ends if end > at), at)


def _minute(wall: datetime) -> int:
    return wall.weekday() * OF_DAY + wall.hour * 60 + wall.minute


def _span(span: str) -> Iterator[int]:
    *words, last = _DASH.sub("-", span.lower()).split()
    has_times = last[0].isdecimal()
    days = [day for word in (words if has_times else [*words, last]) for day in _days(word)]
    start, end = _times(last) if has_times else (0, OF_DAY)
    for day in days or DAYS:
        begin = DAYS.index(day) * OF_DAY
        yield from (minute % OF_WEEK for minute in range(begin + start, begin + end))


def _days(word: str) -> Sequence[str]:
    if word in GROUPS:
        return GROUPS[word]
    first, dash, last = word.partition("-")
    if first not in DAYS or (dash and last not in DAYS):
        raise ValueError(_FORM)
    start, end = DAYS.index(first), DAYS.index(last or first)
    return [DAYS[day % 7] for day in range(start, end + 1 if end >= start else end + 8)]


def _times(words: str) -> tuple[int, int]:
    """Minutes of a day; the second one is later."""
    first, _, last = words.partition("-")
    start = _of_day(first)
    end = OF_DAY if last in ("24", "24:00") else _of_day(last)
    if start == end:
        raise ValueError(_TIMES)
    return start, end if end > start else end + OF_DAY


def _of_day(word: str) -> int:
    """`8` is 8:00."""
    at = clock(word if ":" in word else f"{word}:00")
    return at.hour * 60 + at.minute
