"""The limits of requests that a CI's answers tell of.

GitHub calls the headers `X-RateLimit-Limit`, `-Remaining` and `-Reset`, GitLab `RateLimit-…`; `Reset` is in
seconds since 1970. One may be used up (primary), or the server wants to be left alone (secondary), with
`Retry-After` or without.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from buildtimetrend.providers.base import RateLimit
from buildtimetrend.retry_after import LONGEST_PAUSE, seconds_of

_PREFIXES = ("x-ratelimit-", "ratelimit-")
_COUNT = re.compile(r"[0-9]{1,18}", re.ASCII)
_LIMITS = re.compile(r"rate.?limit|abuse detection|too many requests", re.IGNORECASE)


class LimitsSeen:
    """The last one told by each of what a CI counts for itself. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[str, RateLimit] = {}

    def note(self, headers: Mapping[str, str], counted: str = "") -> None:
        """`counted` names what is counted apart from others, as each installation of an app."""
        told = limit_of(headers)
        if told is None:
            return
        with self._lock:
            known = self._seen.get(counted)
            # Answers overtake each other: within one window the fewest that are left are the latest.
            if known is None or told.resets_at > known.resets_at or told.remaining < known.remaining:
                self._seen[counted] = told

    def least(self) -> RateLimit | None:
        """The one of which the fewest requests are left; None while nothing has been told."""
        now = datetime.now(UTC)
        with self._lock:
            current = [seen.at(now) for seen in self._seen.values()]
        return min(current, key=lambda seen: seen.remaining, default=None)


def limit_of(headers: Mapping[str, str]) -> RateLimit | None:
    """None where it is not told, or not in numbers."""
    for prefix in _PREFIXES:
        told = [headers.get(prefix + name, "").strip() for name in ("limit", "remaining", "reset")]
        if all(_COUNT.fullmatch(number) for number in told):
            limit, remaining, reset = (int(number) for number in told)
            try:
                return RateLimit(limit, remaining, datetime.fromtimestamp(reset, UTC))
            except (ValueError, OverflowError, OSError):  # no date can be so late
                return None
    return None


def speaks_of_limit(headers: Mapping[str, str], answer: object) -> bool:
    """Whether a 403 or 429 is of a limit, and not for good."""
    told = limit_of(headers)
    if seconds_of(headers.get("retry-after")) is not None or (told is not None and told.remaining == 0):
        return True
    message = answer.get("message") if isinstance(answer, dict) else answer
    return isinstance(message, str) and bool(_LIMITS.search(message))


def pause_of(headers: Mapping[str, str], otherwise: float | None) -> float | None:
    """Seconds until another try may work; `otherwise` where the answer does not say."""
    asked = seconds_of(headers.get("retry-after"))
    if asked is not None:
        return asked
    told = limit_of(headers)
    if told is None or told.remaining > 0:
        return otherwise
    return min(max(0.0, (told.resets_at - _their_now(headers)).total_seconds()), LONGEST_PAUSE)


def _their_now(headers: Mapping[str, str]) -> datetime:
    """By the clock that said when the limit is reset."""
    try:
        date = parsedate_to_datetime(headers.get("date", ""))
        return date.replace(tzinfo=date.tzinfo or UTC)
    except (ValueError, OverflowError):
        return datetime.now(UTC)
