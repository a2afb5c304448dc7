"""Which time a query is about: absolute, or relative to now. Weeks begin on Sunday."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo

from buildtimetrend.keen.language.documents import Json
from buildtimetrend.keen.language.errors import KeenError
from buildtimetrend.keen.language.times import local

_RELATIVE = re.compile(r"(this|previous|last)_(?:(\d{1,6})_)?(minute|hour|day|week|month|year)s?")
_ALIASES = {"today": "this_day", "yesterday": "previous_day"}
_CLOCK = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1)}


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open: [since, until), both in UTC. `offset` is the zone that the start is written in, if any."""

    since: datetime
    until: datetime
    offset: tzinfo | None = field(default=None, compare=False)

    def zone(self, asked: tzinfo) -> tzinfo:
        """Whose days its days are: the start's own, unless the zone that was asked for agrees with it."""
        if self.offset is None:
            return asked
        theirs, own = (self.since.astimezone(each).utcoffset() for each in (asked, self.offset))
        return asked if theirs == own else self.offset


def span(value: Json, zone: tzinfo, now: datetime) -> Span | None:
    """What a timeframe means; None, all time, when there is none."""
    if value is None:
        return None
    try:
        found = _absolute(value, zone) if isinstance(value, dict) else _relative(value, zone, now)
    except (OverflowError, ValueError):
        raise _wrong(value, "it leaves the calendar") from None
    if found.since > found.until:
        raise _wrong(value, "its end lies before its start")
    return found


def floor(moment: datetime, unit: str, zone: tzinfo) -> datetime:
    """The start, in UTC, of the zone's minute, hour, day, week, month or year that the moment lies in."""
    local = moment.astimezone(zone).replace(second=0, microsecond=0)
    if unit == "minute":
        return local.astimezone(UTC)
    local = local.replace(minute=0)
    if unit == "hour":
        return local.astimezone(UTC)
    day = local.replace(hour=0, fold=0)
    if unit == "week":
        day -= timedelta(days=day.isoweekday() % 7)
    elif unit == "month":
        day = day.replace(day=1)
    elif unit == "year":
        day = day.replace(month=1, day=1)
    return day.astimezone(UTC)


def shifted(start: datetime, unit: str, number: int, zone: tzinfo) -> datetime:
    """So many units later, in UTC, of a moment that a unit starts with: days and longer are the zone's."""
    if unit in _CLOCK:
        return start + number * _CLOCK[unit]
    local = start.astimezone(zone)
    if unit in ("day", "week"):
        moved = local.replace(tzinfo=None) + timedelta(days=number * (7 if unit == "week" else 1))
    else:
        months = local.year * 12 + local.month - 1 + number * (12 if unit == "year" else 1)
        moved = local.replace(tzinfo=None, year=months // 12, month=months % 12 + 1)
    # A clock that was turned at midnight may stand a bit after the day's start.
    return moved.replace(hour=0, minute=0, tzinfo=zone).astimezone(UTC)


def _absolute(value: dict[str, Json], zone: tzinfo) -> Span:
    """A start in UTC, as clients write any instant, says nothing of whose days are meant."""
    start, end = (local(value.get(name), zone) for name in ("start", "end"))
    if start is None or end is None:
        raise _wrong(value, "start and end must be instants in the form of ISO 8601")
    return Span(start.astimezone(UTC), end.astimezone(UTC), start.tzinfo if start.utcoffset() else None)


def _relative(value: Json, zone: tzinfo, now: datetime) -> Span:
    text = _ALIASES.get(value, value) if isinstance(value, str) else ""
    found = _RELATIVE.fullmatch(text)
    number = int(found[2] or 1) if found else 0
    if not found or number < 1:
        raise _wrong(value, "it must be as this_7_days or previous_2_weeks, or have a start and an end")
    unit = found[3]
    current = floor(now, unit, zone)
    if found[1] == "this":
        return Span(shifted(current, unit, 1 - number, zone), now)
    return Span(shifted(current, unit, -number, zone), current)


def _wrong(value: Json, why: str) -> KeenError:
    return KeenError(f"timeframe is {str(value)[:200]!r}: {why}.", "InvalidTimeframeError")
