"""Logarithmic bins of durations, each 2 % wider than the last: percentiles out of them are right to 1 %."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

WIDTH = 1.02  # a bin's upper border by its lower one
SHORTEST = 1e-9  # seconds; what is shorter, or negative, counts as this


def bin_of(column: str) -> str:
    """SQL for the number of the bin that a duration (s) lies in."""
    return f"CAST(floor(ln(greatest({column}, {SHORTEST})) / {math.log(WIDTH)!r}) AS INTEGER)"


def length_of(number: int) -> float:
    """The duration (s) that differs least, in percent, from any other of that bin."""
    return 2 * WIDTH ** (number + 1) / (WIDTH + 1)


def percentiles(counts: Mapping[int, int], shares: Sequence[float]) -> list[float]:
    """The lengths (s) at these shares of the runs, given how many each bin has; in between as SQL has it."""
    bins = sorted(counts)
    last = sum(counts.values()) - 1
    return [_between(bins, counts, share * last) for share in shares]


def _between(bins: Sequence[int], counts: Mapping[int, int], place: float) -> float:
    below, above = (length_of(_at(bins, counts, rank)) for rank in (math.floor(place), math.ceil(place)))
    return below + (above - below) * (place % 1)


def _at(bins: Sequence[int], counts: Mapping[int, int], rank: int) -> int:
    """The bin of the run of that rank, from 0."""
    upto = 0
    for number in bins:
        upto += counts[number]
        if upto > rank:
            return number
    return bins[-1]
