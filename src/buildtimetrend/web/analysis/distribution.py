"""How durations are distributed, as bars of equal width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from buildtimetrend import text
from buildtimetrend.enough import SIDE

BARS = 24
SERVED = 0.99  # of the values; what is longer is in the last bar


@dataclass(frozen=True, slots=True)
class Bar:
    """Of `runs` that took from `since` to `until` (s); `height` is a share of the highest bar."""

    since: float
    until: float
    runs: int
    height: float
    said: str


def distribution(seconds: Sequence[float]) -> list[Bar]:
    """None of fewer values than a comparison needs: their bars would say nothing."""
    if len(seconds) < SIDE:
        return []
    ordered = sorted(seconds)
    least, most = ordered[0], ordered[min(len(ordered) - 1, int(SERVED * len(ordered)))]
    width = max((most - least) / BARS, 0.001)
    counts = [0] * BARS
    for one in ordered:
        counts[min(BARS - 1, int((one - least) / width))] += 1
    return [
        _bar(least + place * width, width, count, max(counts), last=place == BARS - 1)
        for place, count in enumerate(counts)
    ]


def _bar(since: float, width: float, runs: int, most: int, *, last: bool) -> Bar:
    until = since + width
    ends = "and more" if last else f"to {text.duration(until)}"
    said = f"{text.counted(runs, 'run')} of {text.duration(since)} {ends}"
    return Bar(since, until, runs, runs / most, said)
