"""Buckets of time: planned in Python, where time zones are; SQL only counts in even steps."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import pairwise

from buildtimetrend.keen.language.documents import Json
from buildtimetrend.keen.language.errors import KeenError
from buildtimetrend.keen.language.timeframes import Span, floor, shifted

MOST = 9000
# Changes of length. SQL has a case for each: of 35 years of months that takes a tenth of a second.
MOST_RUNS = 400
_NAMES = {
    "minutely": "minute",
    "hourly": "hour",
    "daily": "day",
    "weekly": "week",
    "monthly": "month",
    "yearly": "year",
}
_EVERY = re.compile(r"every_(\d{1,6})_(minute|hour|day|week|month|year)s?")


@dataclass(frozen=True, slots=True)
class Buckets:
    """Consecutive buckets, each from one bound to the next; the first and the last may be cut."""

    span: Span
    bounds: tuple[datetime, ...]
    zone: tzinfo

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def clipped(self) -> list[Span]:
        pairs = pairwise(self.bounds)
        return [Span(max(start, self.span.since), min(end, self.span.until)) for start, end in pairs]


def buckets(value: Json, span: Span | None, zone: tzinfo) -> Buckets | None:
    """The buckets of an interval, in the zone unless the timeframe has one of its own.

    Those of `every_N_` begin with the unit that the timeframe starts in.
    """
    if value is None:
        return None
    number, unit = _parsed(value)
    if span is None:
        raise KeenError("interval needs a timeframe.", "MissingTimeframeError")
    try:
        zone = span.zone(zone)
        bounds = tuple(_bounds(span, number, unit, zone))
    except (OverflowError, ValueError):
        raise KeenError(f"interval is {value!r}: its last bucket leaves the calendar.") from None
    if len(_runs(bounds)) > MOST_RUNS:
        raise KeenError(
            f"The buckets' length changes more than {MOST_RUNS} times: choose a shorter timeframe."
        )
    return Buckets(span, bounds, zone)


def number_of(buckets: Buckets, at: str, bind: Callable[[datetime | float], str]) -> str:
    """SQL for the number of the bucket that the instant `at` lies in, from 0."""
    runs = _runs(buckets.bounds)
    return _choose(runs, at, bind) if runs else "0"


def _parsed(value: Json) -> tuple[int, str]:
    if isinstance(value, str):
        if value in _NAMES:
            return 1, _NAMES[value]
        found = _EVERY.fullmatch(value)
        if found and int(found[1]) >= 1:
            return int(found[1]), found[2]
    raise KeenError(f"interval is {str(value)[:100]!r}: it must be as daily or every_2_weeks.")


def _bounds(span: Span, number: int, unit: str, zone: tzinfo) -> list[datetime]:
    first = floor(span.since, unit, zone)
    bounds = [first]
    while bounds[-1] < span.until and span.since < span.until:
        if len(bounds) > MOST:
            raise KeenError(f"interval makes more than {MOST} buckets: choose a longer one.")
        bounds.append(shifted(first, unit, number * len(bounds), zone))
    return bounds


def _runs(bounds: tuple[datetime, ...]) -> list[tuple[datetime, float, int]]:
    """Stretches of buckets of one length: where each starts, that length (s), its first bucket's number."""
    runs: list[tuple[datetime, float, int]] = []
    for number, (start, end) in enumerate(pairwise(bounds)):
        seconds = (end - start).total_seconds()
        if not runs or runs[-1][1] != seconds:
            runs.append((start, seconds, number))
    return runs


def _choose(runs: list[tuple[datetime, float, int]], at: str, bind: Callable[[datetime | float], str]) -> str:
    """Halved again and again: a year of days has five runs where clocks change, one of months twelve."""
    if len(runs) > 1:
        half = len(runs) // 2
        before, after = (_choose(part, at, bind) for part in (runs[:half], runs[half:]))
        return f"CASE WHEN {at} < {bind(runs[half][0])} THEN {before} ELSE {after} END"
    start, seconds, number = runs[0]
    since = f"CAST(extract(epoch FROM {at}) AS DOUBLE PRECISION) - {bind(start.timestamp())}"
    return f"CAST(floor(({since}) / {bind(seconds)}) AS INTEGER) + {bind(number)}"
