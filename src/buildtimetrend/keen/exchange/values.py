"""Reads what events of many years hold: numbers as text, instants in several forms, or nothing at all."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Seconds since 1970 are below this until the year 5138; above it they are milli-, micro- or nanoseconds.
MOST_SECONDS = 1e11


def fields(event: object, name: str) -> Mapping[str, Any]:
    """The object below a name; empty when there is none."""
    value = event.get(name) if isinstance(event, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def text(value: object) -> str | None:
    """Text that is not empty; of a number, its digits."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    if isinstance(value, int):
        return str(value)
    return value if isinstance(value, str) and value.strip() else None


def number(value: object) -> float | None:
    """A finite number, or text that is one."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def flag(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.lower() == "true")


def instant(value: object) -> datetime | None:
    """From an object of parts, ISO 8601 text or a count since 1970; UTC where no zone is named."""
    if isinstance(value, Mapping):
        parts = ("isotimestamp", "timestamp", "timestamp_seconds")
        found = (instant(value[part]) for part in parts if part in value)
        return next((at for at in found if at is not None), None)
    seconds = number(value)
    if seconds is not None:
        return _since_1970(seconds)
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value.strip())
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _since_1970(count: float) -> datetime | None:
    while abs(count) > MOST_SECONDS:
        count /= 1000
    return EPOCH + timedelta(microseconds=round(count * 1e6)) if count > 0 else None
