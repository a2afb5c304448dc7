"""From which build on something is run at all, or no longer: a new step, a job that is gone.

A step is held against the runs of its job that passed, a job against the builds: those it is in, and those it
is not in, make stretches. What runs now and then, by a condition, has none that are clear, and tells nothing.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from buildtimetrend.trends.confirm import LEAST_POINTS

BLIPS = 0.1  # of a stretch that may be otherwise: somebody tried it, or skipped it
SURE = 0.999  # that it is no chance: hundreds of steps are looked at


@dataclass(frozen=True, slots=True)
class Edge:
    """It is run from `place` on, or no longer; what it ran in before was before `first`. `before` and `since`
    are the places of its runs in the stretches on both sides: of one of them there are none, or a few.
    """

    place: int
    first: int
    runs: bool
    before: tuple[int, ...]
    since: tuple[int, ...]
    confidence: float


def edges(having: Sequence[int], own: Sequence[int]) -> Iterator[Edge]:
    """`having` are the places, ascending, of what might have run it, `own` those of what did."""
    if not own or len(own) == len(having):
        return
    stretches = _stretches([bisect_left(having, place) for place in own], len(having))
    if not all(map(_is_clear, stretches)):
        return
    for before, since in pairwise(stretches):
        sure = 1 - 1 / math.comb(before.size + since.size, since.size)
        if min(before.size, since.size) >= LEAST_POINTS and sure >= SURE:
            start = since.start
            yield Edge(
                place=having[start],
                first=having[start - 1] + 1,
                runs=since.runs,
                before=tuple(having[at] for at in before.own),
                since=tuple(having[at] for at in since.own),
                confidence=sure,
            )


@dataclass(frozen=True, slots=True)
class _Stretch:
    """From `start` up to `end`, which is none of it; it is in `own` of them."""

    start: int
    end: int
    runs: bool
    own: tuple[int, ...]

    @property
    def size(self) -> int:
        return self.end - self.start


def _stretches(own: Sequence[int], size: int) -> list[_Stretch]:
    """Alternately of what runs it and what does not; too few at an end are in none."""
    found, at = list[_Stretch](), 0
    for span in (span for span in _spans(own) if len(span) >= LEAST_POINTS):
        found += _without(own, at, span[0])
        at = span[-1] + 1
        found.append(_Stretch(span[0], at, True, tuple(span)))
    return found + _without(own, at, size)


def _without(own: Sequence[int], start: int, end: int) -> list[_Stretch]:
    few = tuple(at for at in own if start <= at < end)
    return [_Stretch(start, end, False, few)] if end - start >= LEAST_POINTS else []


def _spans(own: Sequence[int]) -> Iterator[list[int]]:
    """Apart from each other by as many without it as a level needs."""
    span = [own[0]]
    for at in own[1:]:
        if at - span[-1] > LEAST_POINTS:
            yield span
            span = []
        span.append(at)
    yield span


def _is_clear(stretch: _Stretch) -> bool:
    odd = stretch.size - len(stretch.own) if stretch.runs else len(stretch.own)
    return odd <= BLIPS * stretch.size
