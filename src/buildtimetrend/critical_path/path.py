"""Which jobs a build waited for: as the CI says, else reckoned from times."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple


class Span(NamedTuple):
    """When a job could begin (`ready`, no later than `start`; None: not known), began and ended.

    `needs` are the places of the jobs that it waited for; None if the CI does not say.
    """

    start: datetime | None
    end: datetime | None
    ready: datetime | None = None
    needs: Sequence[int] | None = None


def critical_path(spans: Sequence[Span]) -> list[int]:
    """Places of the spans on it, in the order of time; none while one that began has not ended.

    From the job that ended last, back to the one of those that it needed which ended last, and so on. Where
    the CI does not say what a job needed, it is estimated: the one that ended last before that could begin. A
    job that waited for a worker waited for no other job; one of which it is not known when it could begin
    seems to have waited for what ended before.
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
    order = {place: at for at, (_, _, place) in enumerate(timed)}
    path: list[int] = []
    at = len(timed) - 1
    while at >= 0:
        _, ready, place = timed[at]
        path.append(place)
        needs = spans[place].needs
        if needs is None:
            # A span without length ends where it begins, and must not be found again.
            at = min(bisect_right(ends, ready), at) - 1
        else:
            at = max((order[need] for need in needs if order.get(need, at) < at), default=-1)
    return path[::-1]
