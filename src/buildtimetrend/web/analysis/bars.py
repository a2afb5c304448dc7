"""Worker time of weeks as stacked bars of an SVG picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from buildtimetrend import text
from buildtimetrend.web.analysis.waterfall import between_ticks

LEFT, TOP, FLOOR, HEIGHT = 56, 10, 150, 170
BAR, GAP = 18, 4
WEEK = timedelta(weeks=1)
NAMED = 4  # of so many weeks one has its name below it: it is as long as three bars
TICKS = 4


@dataclass(frozen=True, slots=True)
class Part:
    kind: str
    y: float
    height: float
    said: str


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    parts: list[Part]


@dataclass(frozen=True, slots=True)
class Mark:
    """What is `said` at a place of an axis, which is its y of time, and its x of weeks."""

    at: float
    said: str


@dataclass(frozen=True, slots=True)
class Bars:
    """`name` says them in a sentence."""

    name: str
    width: int
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
    drawn = [Bar(_left((week - first) // WEEK), _parts(week, of, most)) for week, of in weeks]
    named = [
        Mark(_left(place) + BAR, _day(first + place * WEEK, last)) for place in range(places - 1, -1, -NAMED)
    ]
    return Bars(name, _left(places), drawn, _ticks(most), named)


def _left(place: int) -> int:
    return LEFT + place * (BAR + GAP)


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
