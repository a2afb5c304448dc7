"""GitLab's instants, which its API and its webhooks write in several ways.

`2021-02-23T02:41:37.886Z`, with `+00:00` or another zone, without fractions, `2016-08-12 15:23:28 UTC`,
`2016-08-12 15:23:28 +0200`, or seconds since 1970.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from buildtimetrend.providers.fields import Fields, WrongField
from buildtimetrend.providers.times import that_was

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
    return that_was(found)


def instant(text: str) -> datetime:
    """Without a zone it is UTC. Raises ValueError."""
    found = datetime.fromisoformat(_ZONE.sub(_zone, text.strip()))
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _zone(found: re.Match[str]) -> str:
    return "+00:00" if found["name"] else f"{found['sign']}{found['hours']}:{found['minutes']}"
