"""The instant before a line of a log: `2022-05-19T08:55:59.7485493Z `, in steps of 100 ns."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

NS = 1_000_000_000
LENGTH = 29  # bytes, with the blank behind it
_STAMP = re.compile(
    rb"(?P<day>\d{4}-\d\d-\d\d)T(?P<h>[01]\d|2[0-3]):(?P<m>[0-5]\d):(?P<s>[0-5]\d)\.(?P<fraction>\d{7})Z "
)
_BOM = b"\xef\xbb\xbf"


def before(text: bytes, at: int) -> int | None:
    """Nanoseconds since 1970 of the stamp that ends there and begins a line; None if there is none."""
    start = at - LENGTH
    found = _STAMP.fullmatch(text, start, at) if start >= 0 else None
    if found is None or not (
        start == 0 or text[start - 1 : start] == b"\n" or (start == len(_BOM) and text.startswith(_BOM))
    ):
        return None
    return _ns(found)


def at(text: bytes, start: int) -> int | None:
    """Of a line that begins there."""
    found = _STAMP.match(text, start + len(_BOM) if text.startswith(_BOM, start) else start)
    return _ns(found) if found else None


def _ns(found: re.Match[bytes]) -> int | None:
    midnight = _midnight(found["day"])
    if midnight is None:
        return None
    seconds = int(found["h"]) * 3600 + int(found["m"]) * 60 + int(found["s"])
    return (midnight + seconds) * NS + int(found["fraction"]) * 100


@lru_cache(64)
def _midnight(day: bytes) -> int | None:
    try:
        return round(datetime.fromisoformat(day.decode()).replace(tzinfo=UTC).timestamp())
    except ValueError:
        return None
