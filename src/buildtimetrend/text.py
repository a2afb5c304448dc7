"""Values as people read them."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from buildtimetrend.model import Value
from buildtimetrend.timeframes import INTERVALS

UNKNOWN = EN_DASH = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"


def duration(seconds: Value) -> str:
    """`0.4 s`, `45 s`, `2 m 13 s`, `1 h 5 m`, `3 d 4 h`; with a minus below 0."""
    if not isinstance(seconds, int | float) or not math.isfinite(seconds):
        return UNKNOWN
    if seconds < 0:
        return f"{MINUS}{duration(-seconds)}"
    if 0 < seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for unit, below, parts in ((86400, "h", "d"), (3600, "m", "h"), (60, "s", "m")):
        if whole >= unit:
            smaller = {"h": 3600, "m": 60, "s": 1}[below]
            rest = whole % unit // smaller
            return f"{whole // unit} {parts}" + (f" {rest} {below}" if rest else "")
    return f"{whole} s"


def difference(seconds: Value) -> str:
    """A difference with its sign, as `+31 s`; below a twentieth of a second there is none."""
    if not isinstance(seconds, int | float) or not math.isfinite(seconds):
        return UNKNOWN
    if abs(seconds) < 0.05:
        return "\N{PLUS-MINUS SIGN}0 s"
    return f"+{duration(seconds)}" if seconds > 0 else duration(seconds)


def signed(percent: float) -> str:
    """A change with its sign, as `+12 %`; below half a percent there is none."""
    if abs(percent) < 0.5:
        return "\N{PLUS-MINUS SIGN}0 %"
    return f"+{percent:.0f} %" if percent > 0 else f"{MINUS}{-percent:.0f} %"


def together(said: str) -> str:
    """What is said, with each number and its unit in one line, as `5 m 25 s` and `99 %`: for HTML.

    Texts for programs and terminals have plain blanks, which people search for.
    """
    return _BEFORE_UNIT.sub("\N{NO-BREAK SPACE}", said)


_BEFORE_UNIT = re.compile(r"(?<=\d) (?=(?:[smhd]|[kMGT]?B)\b|%)|(?<=\d [dhm]) (?=\d+ [hms]\b)")


def iso(value: datetime) -> str:
    """For `<time datetime>`."""
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def when(value: Value) -> str:
    """An instant in UTC, to the second."""
    if not isinstance(value, datetime):
        return UNKNOWN
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def bucket(start: datetime, interval: str, since: datetime, until: datetime, year: int) -> str:
    """The bucket that starts then, by all that it holds: `Tue 24 Nov`, weeks and hours by both ends.

    A week is cut where [since, until) is. Everything is UTC, as buckets are; days of another year than `year`
    say theirs.
    """
    if interval == "hour":
        return f"{_day(start, year)}, {start.hour:02}:00 {EN_DASH} {start.hour + 1:02}:00"
    if interval == "day":
        return f"{_WEEKDAYS[start.weekday()]} {_day(start, year)}"
    first = max(start, since)
    last = max(first, min(start + INTERVALS[interval], until) - timedelta(milliseconds=1))
    if first.year != last.year:
        return f"{_day(first, 0)} {EN_DASH} {_day(last, 0)}"
    if first.month != last.month:
        return f"{_day(first, first.year)} {EN_DASH} {_day(last, year)}"
    return _day(first, year) if first.day == last.day else f"{first.day} {EN_DASH} {_day(last, year)}"


_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _day(instant: datetime, year: int) -> str:
    said = f"{instant.day} {_MONTHS[instant.month - 1]}"
    return said if instant.year == year else f"{said} {instant.year}"


def count(value: Value) -> str:
    return f"{value:,}" if isinstance(value, int | float) else UNKNOWN


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 build`, `2 builds`, `1,000 builds`; what is not made with an s has its `plural`."""
    return f"{number:,} {noun_of(number, noun, plural)}"


def noun_of(number: int, noun: str, plural: str = "") -> str:
    """The noun alone, where its number stands elsewhere."""
    return noun if number == 1 else plural or f"{noun}s"


def size(number: int) -> str:
    """Bytes as `0 B`, `12.3 MB`: in powers of 1000."""
    amount, units = float(number), ["B", "kB", "MB", "GB", "TB"]
    while amount >= 999.95 and len(units) > 1:
        amount, units = amount / 1000, units[1:]
    return f"{amount:.0f} B" if units[0] == "B" else f"{amount:.1f} {units[0]}"


def value(cell: Value, unit: str = "") -> str:
    """A table cell by its column's unit."""
    if cell is None:
        return UNKNOWN
    if isinstance(cell, datetime):
        return when(cell).removesuffix(" 00:00:00")
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return str(cell)
    if unit == "s":
        return duration(cell)
    if unit == "%":
        return f"{cell:.1f} %"
    return f"{cell:,.0f}" if cell % 1 == 0 else f"{cell:,.2f}"


def path(value: str) -> str:
    """Safe within a URL's path; slashes stay."""
    return quote(value, safe="/")


def ago(since: datetime, now: datetime) -> str:
    days = max(0, (now - since).days)
    return "today" if days == 0 else ("1 day ago" if days == 1 else f"{days} days ago")
