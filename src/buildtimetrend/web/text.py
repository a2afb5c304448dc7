"""Values as people read them."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from urllib.parse import quote

from buildtimetrend.model import Value

UNKNOWN = "\N{EN DASH}"


def duration(seconds: Value) -> str:
    """`0.4s`, `45s`, `2m 13s`, `1h 5m`, `3d 4h`."""
    if not isinstance(seconds, int | float) or math.isnan(seconds):
        return UNKNOWN
    if 0 < seconds < 9.95:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    for unit, below, parts in ((86400, "h", "d"), (3600, "m", "h"), (60, "s", "m")):
        if whole >= unit:
            smaller = {"h": 3600, "m": 60, "s": 1}[below]
            rest = whole % unit // smaller
            return f"{whole // unit}{parts} {rest}{below}" if rest else f"{whole // unit}{parts}"
    return f"{whole}s"


def when(value: Value) -> str:
    """An instant in UTC, to the second."""
    if not isinstance(value, datetime):
        return UNKNOWN
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def count(value: Value) -> str:
    return f"{value:,}" if isinstance(value, int | float) else UNKNOWN


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
    return f"{cell:.1f}%" if unit == "%" else (f"{cell:,}" if isinstance(cell, int) else f"{cell:,.2f}")


def path(value: str) -> str:
    """Safe within a URL's path; slashes stay."""
    return quote(value, safe="/")


def ago(since: datetime, now: datetime) -> str:
    days = max(0, (now - since).days)
    return "today" if days == 0 else ("1 day ago" if days == 1 else f"{days} days ago")
