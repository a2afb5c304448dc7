"""Worker time of weeks as stacked bars of an SVG picture."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from buildtimetrend import text
from buildtimetrend.web.analysis.waterfall import between_ticks

TOP, FLOOR, HEIGHT = 10, 150, 170
BAR = 0.8  # of the width of a week
WEEK = timedelta(weeks=1)
FEW = 12  # weeks; of fewer no bar is wider
NAMES, FEW_NAMES = 12, 4  # of weeks, below them, and where there is little room
TICKS = 4


@dataclass(frozen=True, slots=True)
class Part:
    kind: str
    y: float
    height: float
    said: str


@dataclass(frozen=True, slots=True)
class Bar:
    """`x` is in percent of the picture's width; y and heights are in pixels."""

    x: float
    parts: list[Part]


@dataclass(frozen=True, slots=True)
class Mark:
    """What is `said` at a y of time, or below the middle of a week's bar.

    One `between` others has no words where there is little room.
    """

    at: float
    said: str
    between: bool = False


@dataclass(frozen=True, slots=True)
class Bars:
    """`name` says them in a sentence; each is so many percent wide."""

    name: str
    width: float
    bars: list[Bar]
    ticks: list[Mark]
    weeks: list[Mark]


def bars(weeks: Sequence[tuple[datetime, Mapping[str, float]]]) -> Bars | None:
    """Of the seconds of each kind in each week, in order; None where there are none at all."""
    most = max((sum(of.values()) for _, of in weeks), default=0.0)
    if not most:
        return None
    first, last = weeks[0][0], weeks[-1][0]
    places = (last - first) // WEEK + 1
    heaviest = max(weeks, key=lambda one: sum(one[1].values()))[0]
    name = (
        f"Worker time that came to nothing in {text.counted(places, 'week')}; most of it, "
        f"{text.duration(most)}, in the week of {heaviest.day} {heaviest:%b %Y}."
    )
    slot = 100 / max(places, FEW)
    drawn = [Bar(round((week - first) // WEEK * slot, 3), _parts(week, of, most)) for week, of in weeks]
    return Bars(name, round(BAR * slot, 3), drawn, _ticks(most), _named(first, places, slot))


def _named(first: datetime, places: int, slot: float) -> list[Mark]:
    """From the last week back."""
    apart = math.ceil(max(places, FEW) / NAMES)
    last = first + (places - 1) * WEEK
    return [
        Mark(
            round((place + BAR / 2) * slot, 3),
            _day(first + place * WEEK, last),
            between=back % (NAMES // FEW_NAMES) > 0,
        )
        for back, place in enumerate(range(places - 1, -1, -apart))
    ]


def _day(week: datetime, last: datetime) -> str:
    """With its year where that is not the last one's."""
    return f"{week.day} {week:%b}" if week.year == last.year else f"{week.day} {week:%b %Y}"


def _ticks(most: float) -> list[Mark]:
    step = between_ticks(most, TICKS)
    return [
        Mark(round(FLOOR - _height(seconds, most), 1), text.duration(seconds))
        for seconds in range(0, int(most) + 1, step)
    ]


def _height(seconds: float, most: float) -> float:
    return (FLOOR - TOP) * seconds / most


def _parts(week: datetime, of: Mapping[str, float], most: float) -> list[Part]:
    """From the bottom."""
    parts, y = [], float(FLOOR)
    for kind, seconds in of.items():
        height = _height(seconds, most)
        y -= height
        if seconds:
            said = f"Week of {week.day} {week:%b %Y}: {kind} {text.duration(seconds)}"
            parts.append(Part(kind, round(y, 1), round(height, 1), said))
    return parts
