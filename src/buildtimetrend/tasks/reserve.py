"""Of a CI's limit of requests a part is kept for fresh builds: imports and sweeps wait for the rest."""

from __future__ import annotations

from datetime import datetime, timedelta

from buildtimetrend.providers.base import Provider

# Of all that a CI answers in one window. An organisation's builds of an hour need less than that.
KEPT = 0.1
# After the window has ended by its clock; and the longest wait, whatever the clock there shows.
SPARE = timedelta(seconds=1)
LONGEST = timedelta(hours=1)


class Reserved(Exception):
    """What is left of the limit is kept for others."""

    def __init__(self, message: str, wait: timedelta) -> None:
        super().__init__(message)
        self.message = message
        self.wait = wait


def require(provider: Provider, now: datetime) -> None:
    """Raises `Reserved` unless an import or a sweep may ask the CI for more."""
    told = provider.rate_limit()
    if told is None or (left := told.at(now)).remaining > left.limit * KEPT:
        return
    raise Reserved(
        f"{provider.title} answers {left.remaining:,} more of {left.limit:,} requests until "
        f"{left.resets_at:%H:%M:%S} UTC: these are kept for builds that end now.",
        min(max(left.resets_at - now, timedelta()) + SPARE, LONGEST),
    )
