"""GitLab's instants, which its API and its webhooks write in several ways.

`2021-02-23T02:41:37.886Z`, with `+00:00` or another zone, without fractions, `2016-08-12 15:23:28 UTC`,
`2016-08-12 15:23:28 +0200`, or seconds since 1970. What is no instant, or lies before there was a GitLab, was
never.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from buildtimetrend.providers.fields import Fields, WrongField

# What lies apart by no more than that is a matter of clocks; more is a mistake, and the time not known.
CLOCKS = timedelta(seconds=10)
_FIRST = 2005  # a year before which nothing ran: year 1 stands for none
_ZONE = re.compile(
    r"\s*(?P<name>UTC|GMT|Z)$|\s*(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d)$", re.IGNORECASE
)
_MILLISECONDS = 10**11  # as many seconds would be the year 5138


def time_of(part: Fields, name: str) -> datetime | None:
    """None for missing and null. Raises `WrongField`."""
    given = part.get(name)
    try:
        if isinstance(given, int | float) and not isinstance(given, bool):
            found: datetime | None = datetime.fromtimestamp(
                given / (1000 if given > _MILLISECONDS else 1), UTC
            )
        else:
            text = part.maybe_text(name)
            found = instant(text) if text and text.strip() else None
    except (ValueError, OverflowError, OSError):
        raise WrongField(part.path(name), "an instant such as 2016-08-12 15:23:28 UTC") from None
    return None if found is None or found.year < _FIRST else found


def instant(text: str) -> datetime:
    """Without a zone it is UTC. Raises ValueError."""
    found = datetime.fromisoformat(_ZONE.sub(_zone, text.strip()))
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def in_order(earlier: datetime | None, later: datetime | None) -> bool:
    """Whether they may be so, by clocks that are not quite the same; also where one is not known."""
    return earlier is None or later is None or later >= earlier - CLOCKS


def _zone(found: re.Match[str]) -> str:
    return "+00:00" if found["name"] else f"{found['sign']}{found['hours']}:{found['minutes']}"
