"""Which builds somebody asks for in words, such as `latest 100`, `since 90 days`, `5` or `1-500`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from buildtimetrend.errors import BadRequest
from buildtimetrend.providers.base import Latest, Numbers, Period, Selection

USAGE = "Ask for numbers, as 5 or 1-500, for the latest 100, or for those since 90 days or since 2026-01-31."
LONGEST = 200  # characters
_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_DAYS |= {name[0]: days for name, days in _DAYS.items()}

_NUMBERS = re.compile(r"#?([0-9]{1,12})(?:\s*(?:-|\N{EN DASH}|\.\.|to|\s)\s*#?([0-9]{1,12}))?")
_LATEST = re.compile(
    r"(?:the )?(?:latest|last|newest)(?: ([0-9]{1,7}))?(?: builds?)?|([0-9]{1,7}) (?:latest|last|newest)"
)
_SINCE = re.compile(
    r"(?:since|last|for)(?: the last)? ([0-9]{1,5})? ?(day|week|month|year|[dwmy])s?(?: ago)?"
)
_SINCE_DATE = re.compile(r"since ([0-9]{4}-[0-9]{2}-[0-9]{2})")


def selection_of(text: str, most: int, now: datetime) -> Selection:
    """`most` is what `latest` alone means. Raises `BadRequest` naming `builds`."""
    said = " ".join(text.lower().split())
    if found := _NUMBERS.fullmatch(said):
        first = int(found[1])
        last = int(found[2] or first)
        if not 1 <= first <= last:
            raise _wrong(text, "numbers begin at 1, and the last is not below the first")
        return Numbers(first, last)
    if found := _SINCE.fullmatch(said):
        days = int(found[1] or 1) * _DAYS[found[2]]
        if not 1 <= days <= 36500:
            raise _wrong(text, "that is no time within a hundred years")
        return Period(now - timedelta(days=days), now)
    if found := _SINCE_DATE.fullmatch(said):
        try:
            since = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
        except ValueError:
            raise _wrong(text, "there is no such day") from None
        if since >= now:
            raise _wrong(text, "that day is still to come")
        return Period(since, now)
    if found := _LATEST.fullmatch(said):
        number = int(found[1] or found[2] or most)
        if number < 1:
            raise _wrong(text, "one is the least")
        return Latest(number)
    raise _wrong(text, "that cannot be understood")


def _wrong(text: str, why: str) -> BadRequest:
    return BadRequest(f"{text[:LONGEST]!r}: {why}. {USAGE}", detail="builds")
