"""Findings in the order in which people want them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def in_order(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is worse and not over, then all others, each the newest first.

    The end of what was worse says nothing of its own: "the first build as before was #646" is said there.
    What other jobs take less by since the same build is no such end.
    """
    over = [row for row in found if row["worse"] and row["over_since"]]
    told = [row for row in found if row["worse"] or not any(_is_end(row, worse) for worse in over)]
    return sorted(told, key=lambda row: not row["worse"] or row["over_since"] is not None)


def _is_end(row: dict[str, Any], worse: dict[str, Any]) -> bool:
    same = _place(row, row["since"]) == _place(worse, worse["over_since"])
    jobs, before = set(row["jobs"]), set(worse["jobs"])
    return same and jobs <= before and bool(jobs) == bool(before)


def _place(row: dict[str, Any], build: dict[str, Any]) -> tuple[object, ...]:
    return row["pipeline"], row["what"], row["step"], build["build_id"]
