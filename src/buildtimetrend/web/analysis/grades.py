"""How good a figure is: `ok`, `warning` or `error`, as the old service had it; empty without a figure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

# Since its last build: of a project that is quiet for so long nothing is good or bad now.
QUIET = timedelta(days=90)


def quiet(last_build: datetime | None, now: datetime) -> bool:
    """Whether nothing has been built for long, or ever."""
    return last_build is None or now - last_build > QUIET


def passed(share: Any) -> str:
    """Of the share of passed jobs, in percent."""
    if share is None:
        return ""
    return "ok" if share >= 100 else ("warning" if share >= 75 else "error")


def days_since_fail(days: Any, *, quiet: bool) -> str:
    if days is None or quiet:
        return ""
    return "ok" if days >= 3 else ("warning" if days > 0 else "error")
