"""How good a figure is: `ok`, `warning` or `error`, as the old service had it; empty without a figure."""

from __future__ import annotations

from typing import Any


def passed(share: Any) -> str:
    """Of the share of passed jobs, in percent."""
    if share is None:
        return ""
    return "ok" if share >= 100 else ("warning" if share >= 75 else "error")


def days_since_fail(days: Any) -> str:
    if days is None:
        return ""
    return "ok" if days >= 3 else ("warning" if days > 0 else "error")
