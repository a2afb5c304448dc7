"""GitHub's instants, and those that never were: of what was skipped, or cancelled before it began."""

from __future__ import annotations

from datetime import datetime, timedelta

from buildtimetrend.providers.fields import Fields

# What lies apart by no more than that is a matter of clocks; more is a mistake, and the time not known.
CLOCKS = timedelta(seconds=10)
_FIRST = 2000  # a year before which nothing ran: year 1 stands for none


def time_of(part: Fields, name: str) -> datetime | None:
    found = part.maybe_time(name)
    return None if found is None or found.year < _FIRST else found


def in_order(earlier: datetime | None, later: datetime | None) -> bool:
    """Whether they may be so, by clocks that are not quite the same; also where one is not known."""
    return earlier is None or later is None or later >= earlier - CLOCKS
