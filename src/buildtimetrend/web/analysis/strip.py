"""Findings in the order in which people want them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def in_order(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is worse and not over, then all others, each the newest first.

    The end of what was worse says nothing of its own: "It is over since build 646" is said there.
    """
    ends = {_place(row, row["over_since"]) for row in found if row["worse"] and row["over_since"]}
    told = [row for row in found if row["worse"] or _place(row, row["since"]) not in ends]
    return sorted(told, key=lambda row: not row["worse"] or row["over_since"] is not None)


def _place(row: dict[str, Any], build: dict[str, Any]) -> tuple[object, ...]:
    return row["pipeline"], row["what"], row["step"], build["build_id"]
