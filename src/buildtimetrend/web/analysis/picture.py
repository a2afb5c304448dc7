"""Durations over time, as what an SVG picture is drawn from: `templates/picture.html` draws it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from buildtimetrend import text
from buildtimetrend.web.analysis.waterfall import STEPS

WIDTH, HEIGHT = 960, 300
LEFT, RIGHT, TOP, BOTTOM = 56, 8, 46, 24  # around the plot: above it are three rows of flags
SERVED = 0.99  # of the values lie within the axis; what is beyond is marked at its edge
TICKS = 5


@dataclass(frozen=True, slots=True)
class Value:
    """`kind` is a result; `said` is what is read on it."""

    at: datetime
    seconds: float
    kind: str
    said: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Median:
    """Of what ended in [start, end), s."""

    start: datetime
    end: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class Change:
    """`seconds` more or less, from then on."""

    at: datetime
    label: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float
    kind: str
    beyond: bool
    said: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Flag:
    x: float
    label: str
    slower: bool
    left: bool  # of its line, where there is more room


@dataclass(frozen=True, slots=True)
class Picture:
    """`median` is SVG path data: a stroke over the width of each bucket. `name` says it in a sentence."""

    name: str
    points: list[Point]
    median: str
    durations: list[Tick]
    days: list[Tick]
    flags: list[Flag]


def picture(
    noun: str,
    values: Sequence[Value],
    medians: Sequence[Median],
    changes: Sequence[Change],
    within: tuple[datetime, datetime],
) -> Picture | None:
    """Of all `within` that range; `noun` is what each value is of, such as `build`. None without values."""
    if not values:
        return None
    plot = _Plot(*within, _top([value.seconds for value in values]))
    return Picture(
        name=_name(noun, values, medians),
        points=[plot.point(value) for value in values],
        median=" ".join(plot.stroke(bucket) for bucket in medians),
        durations=list(plot.durations()),
        days=list(plot.days()),
        flags=[plot.flag(change) for change in changes],
    )


def _name(noun: str, values: Sequence[Value], medians: Sequence[Median]) -> str:
    low, high = (text.duration(of(value.seconds for value in values)) for of in (min, max))
    said = f"Durations of {text.counted(len(values), noun)}, from {low} to {high}."
    if medians:
        first, last = medians[0].seconds, medians[-1].seconds
        said += f" The median begins at {text.duration(first)} and ends at {text.duration(last)}."
    return said


def _top(durations: list[float]) -> float:
    """Where the axis ends, s."""
    ordered = sorted(durations)
    served = ordered[min(len(ordered) - 1, int(SERVED * len(ordered)))]
    return max(1.0, 1.05 * served)


@dataclass(frozen=True, slots=True)
class _Plot:
    since: datetime
    until: datetime
    top: float

    def x(self, at: datetime) -> float:
        share = (at - self.since) / (self.until - self.since)
        return round(LEFT + min(1.0, max(0.0, share)) * (WIDTH - LEFT - RIGHT), 1)

    def y(self, seconds: float) -> float:
        share = min(1.0, max(0.0, seconds / self.top))
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)

    def point(self, value: Value) -> Point:
        x, y = self.x(value.at), self.y(value.seconds)
        return Point(x, y, value.kind, value.seconds > self.top, value.said, value.url)

    def stroke(self, bucket: Median) -> str:
        return f"M{self.x(bucket.start)} {self.y(bucket.seconds)}H{self.x(bucket.end)}"

    def flag(self, change: Change) -> Flag:
        x = self.x(change.at)
        return Flag(x, change.label, change.seconds > 0, x > WIDTH / 2)

    def durations(self) -> Iterator[Tick]:
        step = next((step for step in STEPS if self.top / step <= TICKS), self.top / TICKS)
        for place in range(int(self.top / step) + 1):
            yield Tick(self.y(place * step), text.duration(place * step))

    def days(self) -> Iterator[Tick]:
        whole = (self.until - self.since).days
        step = timedelta(days=max(1, whole // TICKS))
        day = self.since.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        while day < self.until - step / 4:
            yield Tick(self.x(day), f"{day.day} {day:%b}")
            day += step
