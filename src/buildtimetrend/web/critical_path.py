"""Which jobs a build waited for, reckoned from times alone."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple


class Span(NamedTuple):
    start: datetime | None
    end: datetime | None


def critical_path(spans: Sequence[Span]) -> list[int]:
    """Places of the spans on it, in the order of time; none while one that began has not ended.

    From the job that ended last, back to the one that ended last before that began, and so on. An estimate:
    no CI says what a job waited for, so one that began for a reason of its own seems to have waited, too.
    """
    if any(span.start and not span.end for span in spans):
        return []
    timed = [(span.end, span.start, place) for place, span in enumerate(spans) if span.start and span.end]
    timed.sort()
    ends = [end for end, _, _ in timed]
    path: list[int] = []
    at = len(timed) - 1
    while at >= 0:
        _, start, place = timed[at]
        path.append(place)
        # A span without length ends where it begins, and must not be found again.
        at = min(bisect_right(ends, start), at) - 1
    return path[::-1]
