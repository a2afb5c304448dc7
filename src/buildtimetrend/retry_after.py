"""Whether a server may answer otherwise later, and how long it asks its clients to wait."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_PAUSE = 3600.0  # seconds
_PASSING = {408, 425, 429}


def may_pass(status: int) -> bool:
    """Whether the same request may work later."""
    return status >= 500 or status in _PASSING


def seconds_of(retry_after: str | None) -> float | None:
    """Of a `Retry-After` header, which has seconds or an HTTP date; None when it says nothing."""
    if not retry_after:
        return None
    try:
        seconds = float(retry_after)
    except ValueError:
        seconds = _seconds_until(retry_after)
    return min(max(seconds, 0.0), LONGEST_PAUSE) if math.isfinite(seconds) else None


def _seconds_until(date: str) -> float:
    """NaN for what is no date."""
    try:
        until = parsedate_to_datetime(date)
        return (until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    except (ValueError, OverflowError):  # also of a date that is too far away to be held
        return math.nan
