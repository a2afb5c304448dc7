"""Instants and time zones, as Keen's documents write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from buildtimetrend.keen.language.documents import Json
from buildtimetrend.keen.language.errors import KeenError
from buildtimetrend.model import Value

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def zone(value: Json) -> tzinfo:
    """Of seconds east of Greenwich, also as text, or an IANA name; UTC when there is none."""
    if value is None or value == "":
        return UTC
    seconds = value
    if isinstance(value, str) and value.lstrip("+-").isdecimal() and value.isascii() and len(value) < 8:
        seconds = int(value)
    if isinstance(seconds, (int, float)) and not isinstance(seconds, bool) and abs(seconds) < 86400:
        return timezone(timedelta(seconds=int(seconds))) if seconds else UTC
    try:
        if isinstance(seconds, str) and seconds.isascii():
            return UTC if seconds.upper() in ("UTC", "Z") else ZoneInfo(seconds)
    except (KeyError, ValueError, OSError):
        pass
    raise KeenError(f"timezone is {value!r}: it must be seconds or a name such as Europe/Brussels.")


def instant(value: Json) -> datetime | None:
    """An ISO 8601 instant in UTC, which is also the zone of one without; None for anything else."""
    found = local(value, UTC)
    try:
        return found and found.astimezone(UTC)
    except OverflowError:
        return None


def local(value: Json, where: tzinfo) -> datetime | None:
    """An ISO 8601 instant with its own offset, or UTC; of a date alone, its midnight in a zone."""
    if not isinstance(value, str) or len(value) > 64:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    if found.tzinfo:
        return found
    return found.replace(tzinfo=where if _is_date(value) else UTC)


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def text(moment: datetime, where: tzinfo = UTC) -> str:
    """`2015-01-01T00:00:00.000Z`, or with the zone's offset in place of the Z."""
    return moment.astimezone(where).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso(moment: Value) -> Json:
    """The text of a stored instant, as Keen writes its own; None for none."""
    return text(moment) if isinstance(moment, datetime) else None


def plain_iso(moment: Value) -> Json:
    """The same as `shape.py` writes it."""
    return moment.isoformat() if isinstance(moment, datetime) else None
