"""An instant as the old events have it: one object with all that a query may group by."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeAlias

Time: TypeAlias = dict[str, str | float]

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


def time_of(instant: datetime) -> Time:
    """In UTC. All parts are text, as they were: old and new events group together, and `08` is before `10`.

    Names are English whatever the process's locale; those of the old library end in `_en`.
    """
    utc = instant.astimezone(UTC)
    weekday = utc.isoweekday() % 7  # Sunday is 0
    month, day = MONTHS[utc.month - 1], DAYS[weekday]
    return {
        "isotimestamp": utc.isoformat(),
        "timestamp_seconds": utc.timestamp(),
        "year": f"{utc.year:04}",
        "month": f"{utc.month:02}",
        "month_short": month[:3],
        "month_short_en": month[:3],
        "month_full": month,
        "month_full_en": month,
        "day_of_month": f"{utc.day:02}",
        "day_of_week": str(weekday),
        "day_of_week_short": day[:3],
        "day_of_week_short_en": day[:3],
        "day_of_week_full": day,
        "day_of_week_full_en": day,
        "hour_12": f"{(utc.hour - 1) % 12 + 1:02}",
        "hour_ampm": "AM" if utc.hour < 12 else "PM",
        "hour_24": f"{utc.hour:02}",
        "minute": f"{utc.minute:02}",
        "second": f"{utc.second:02}",
        "microsecond": f"{utc.microsecond:06}",
        "timezone": "UTC",
        "timezone_offset": "+0000",
    }
