"""The instants that CI systems tell, and those that never were: of what was skipped, or never began."""

from __future__ import annotations

from datetime import datetime, timedelta

from buildtimetrend.providers.fields import Fields

# What lies apart by no more than that is a matter of clocks; more is a mistake, and the time not known.
CLOCKS = timedelta(seconds=10)
_FIRST = 2000  # a year before which nothing ran: year 1 stands for none


def time_of(part: Fields, name: str) -> datetime | None:
    """None for missing and null, and for what never was. Raises `WrongField`."""
    return that_was(part.maybe_time(name))


def that_was(at: datetime | None) -> datetime | None:
    return None if at is None or at.year < _FIRST else at


def in_order(earlier: datetime | None, later: datetime | None) -> bool:
    """Whether they may be so, by clocks that are not quite the same; also where one is not known."""
    return earlier is None or later is None or later >= earlier - CLOCKS
