"""Wall time of builds over time, as what an SVG picture is drawn from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from buildtimetrend import text
from buildtimetrend.report.contents import Bucket, Contents
from buildtimetrend.web.analysis.waterfall import STEPS

WIDTH, HEIGHT = 960, 300
LEFT, RIGHT, TOP, BOTTOM = 56, 8, 34, 24  # around the plot
SERVED = 0.99  # of the points lie within the axis; what is beyond is marked at its edge
TICKS = 5
FLAGS = 3


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float
    result: str
    beyond: bool
    said: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Flag:
    """A change, at the first build that has it."""

    x: float
    label: str
    slower: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """`median` is SVG path data: a stroke over the width of each bucket. `name` says it in a sentence."""

    name: str
    points: list[Point]
    median: str
    durations: list[Tick]
    days: list[Tick]
    flags: list[Flag]


def picture(contents: Contents) -> Picture | None:
    """None where no build has a duration."""
    builds = [row for row in contents.builds if row["duration"] is not None and row["finished_at"]]
    if not builds:
        return None
    plot = _Plot(contents.since, contents.until, _top([row["duration"] for row in builds]))
    return Picture(
        name=_name(contents, builds),
        points=[plot.point(row) for row in builds],
        median=" ".join(plot.stroke(bucket) for bucket in contents.medians),
        durations=list(plot.durations()),
        days=list(plot.days()),
        flags=[plot.flag(row) for row in _flagged(contents)],
    )


def _name(contents: Contents, builds: Sequence[dict[str, Any]]) -> str:
    low, high = (text.duration(of(row["duration"] for row in builds)) for of in (min, max))
    said = f"Wall time of {text.counted(len(builds), 'build')}, from {low} to {high}."
    if contents.medians:
        first, last = contents.medians[0].median, contents.medians[-1].median
        said += f" The median begins at {text.duration(first)} and ends at {text.duration(last)}."
    return said


def _flagged(contents: Contents) -> list[dict[str, Any]]:
    """The largest of those that are of what is drawn."""
    of_it = [row for row in contents.findings if row["pipeline"] == contents.pipeline["reference"]]
    return sorted(of_it, key=lambda row: -abs(row["after"] - row["before"]))[:FLAGS]


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

    def point(self, row: dict[str, Any]) -> Point:
        at, seconds = row["finished_at"], row["duration"]
        number = row["number"] or row["build_id"]
        said = f"{number} · {text.duration(seconds)} · {row['result']} · {at:%Y-%m-%d %H:%M} UTC"
        url = row["url"] if str(row["url"]).startswith(("https://", "http://")) else None
        return Point(self.x(at), self.y(seconds), row["result"], seconds > self.top, said, url)

    def stroke(self, bucket: Bucket) -> str:
        return f"M{self.x(bucket.start)} {self.y(bucket.median)}H{self.x(bucket.end)}"

    def flag(self, row: dict[str, Any]) -> Flag:
        seconds = row["after"] - row["before"]
        at = datetime.fromisoformat(row["since"]["started_at"])
        return Flag(self.x(at), f"{row['since']['number']} {text.difference(seconds)}", seconds > 0)

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
