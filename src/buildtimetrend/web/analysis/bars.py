"""Worker time of weeks as stacked bars of an SVG picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from buildtimetrend import text

HEIGHT = 160
BAR, GAP = 18, 4
WEEK = timedelta(weeks=1)


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
class Bars:
    """`name` says them in a sentence."""

    name: str
    width: int
    bars: list[Bar]


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
    drawn = [Bar((week - first) // WEEK * (BAR + GAP), _parts(week, of, most)) for week, of in weeks]
    return Bars(name, places * (BAR + GAP), drawn)


def _parts(week: datetime, of: Mapping[str, float], most: float) -> list[Part]:
    """From the bottom."""
    parts, y = [], float(HEIGHT)
    for kind, seconds in of.items():
        height = HEIGHT * seconds / most
        y -= height
        if seconds:
            said = f"Week of {week.day} {week:%b %Y}: {kind} {text.duration(seconds)}"
            parts.append(Part(kind, round(y, 1), round(height, 1), said))
    return parts
