"""How deep each of a list of intervals lies among the others."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Any


def depths(rows: Sequence[tuple[Any, Any, Any, int, int]]) -> dict[int, int]:
    """By index, for each row that is not of depth 0, how many started before it and still run at its start.

    Rows end in (…, start, finish). Two of depth 0 never overlap, crossing ones included. Of those that start
    at one instant, the first in the list counts as the earlier.
    """
    latest = 0
    for row in rows:
        if row[3] < latest:
            return _depths(rows)
        latest = row[4]
    return {}


def _depths(rows: Sequence[tuple[Any, Any, Any, int, int]]) -> dict[int, int]:
    found: dict[int, int] = {}
    running: list[int] = []
    for at in sorted(range(len(rows)), key=lambda at: rows[at][3]):
        start, finish = rows[at][3:]
        while running and running[0] <= start:
            heappop(running)
        if running:
            found[at] = len(running)
        heappush(running, finish)
    return found
