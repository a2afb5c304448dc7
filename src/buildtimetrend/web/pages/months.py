"""A month of a project's past: where pages lead whose range has no builds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from buildtimetrend.web.params import Parameters


@dataclass(frozen=True, slots=True)
class Month:
    """Its `name` for people, and the parameters of a page of it."""

    name: str
    parameters: Parameters


def month_of(instant: datetime, parameters: Parameters) -> Month:
    """The month (UTC) in which an instant lies, with the filters of these parameters."""
    first = instant.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    following = (first + timedelta(days=31)).replace(day=1)
    changes = {"timeframe": "month", "since": first, "until": following, "interval": None}
    return Month(f"{first:%B %Y}", parameters.model_copy(update=changes))
