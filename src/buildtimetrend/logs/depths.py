"""How deep each of a list of intervals lies among the others."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush


def depths(intervals: Sequence[tuple[int, int]]) -> list[int]:
    """For each (start, finish), how many that started before are still running at its start.

    So two intervals of depth 0 never overlap, crossing ones included. Of those that start at one instant, the first
    in the list counts as the earlier. Empty when every depth is 0.
    """
    latest = 0
    for start, finish in intervals:
        if start < latest:
            break
        latest = finish
    else:
        return []
    found = [0] * len(intervals)
    running: list[int] = []
    for at in sorted(range(len(intervals)), key=lambda at: intervals[at][0]):
        start, finish = intervals[at]
        while running and running[0] <= start:
            heappop(running)
        found[at] = len(running)
        heappush(running, finish)
    return found
