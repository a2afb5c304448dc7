"""Which jobs a build waited for, reckoned from times alone."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple


class Span(NamedTuple):
    """When a job could begin (`ready`, no later than `start`; None: not known), began and ended."""

    start: datetime | None
    end: datetime | None
    ready: datetime | None = None


def critical_path(spans: Sequence[Span]) -> list[int]:
    """Places of the spans on it, in the order of time; none while one that began has not ended.

    From the job that ended last, back to the one that ended last before that could begin, and so on. A job
    that waited for a worker waited for no other job. An estimate: few CIs say what a job waited for, so one
    of which it is not known when it could begin seems to have waited for what ended before.
    """
    if any(span.start and not span.end for span in spans):
        return []
    timed = [
        (span.end, span.ready or span.start, place)
        for place, span in enumerate(spans)
        if span.start and span.end
    ]
    timed.sort()
    ends = [end for end, _, _ in timed]
    path: list[int] = []
    at = len(timed) - 1
    while at >= 0:
        _, ready, place = timed[at]
        path.append(place)
        # A span without length ends where it begins, and must not be found again.
        at = min(bisect_right(ends, ready), at) - 1
    return path[::-1]
