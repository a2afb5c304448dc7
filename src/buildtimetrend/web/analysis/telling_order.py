"""Findings in the order in which people want them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def in_order(found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is worse and not over, then all others, each the newest first."""
    return sorted(found, key=lambda row: not row["worse"] or row["over_since"] is not None)
