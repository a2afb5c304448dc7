"""A series between two searches: what a new point costs the same for, whatever the history.

A search for changes (changes.py) takes milliseconds. So most points are only held against the level that the
last search found, by cumulative sums of their distance from it (Page 1954): a series is searched anew when
they speak for a change, and after `EVERY` points in any case, which bounds how late a change is told.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from buildtimetrend.trends.changes import STRENGTH, Analysis
from buildtimetrend.trends.confirm import about_levels
from buildtimetrend.trends.floats import np
from buildtimetrend.trends.scale import Scale
from buildtimetrend.trends.waves import Wave

EVERY = 25  # points from one search to the next, at most
SLACK = 0.5  # deviations of a point from its level that say nothing
SPEAKS = 5.0  # deviations, summed up beyond that
FAR = 3.0  # deviations: an outlier speaks no louder
REPLAYED = 30  # points before a search that may be of a change that had too few
AT_ONCE = 6  # searches in vain: from then on they become rarer


@dataclass(frozen=True, slots=True)
class Watched:
    """Levels and deviations are on the series' `scale`. `noise` is the deviation of a level, times the root
    of its points; `points` are those on the present level, `place` the number of all.
    """

    scale: Scale
    level: float
    deviation: float
    noise: float
    points: int
    place: int
    mode: float = 0.0  # how far the second mode is from the level; 0: there is none
    wave: Wave | None = None
    rise: float = 0.0  # deviations, summed up
    fall: float = 0.0
    since: int = 0  # points since the search
    in_vain: int = 0  # searches in a row that the points asked for, and that found nothing

    @property
    def speaks(self) -> bool:
        return max(self.rise, self.fall) >= SPEAKS

    @property
    def is_due(self) -> bool:
        """Whether it is to be searched anew."""
        wait = 1 if self.in_vain < AT_ONCE else min(EVERY, 2 ** (self.in_vain - AT_ONCE + 1))
        return self.since >= EVERY or (self.speaks and self.since >= wait)

    def least(self, points: int) -> float:
        """By what factor (a difference, on a scale without logarithms) it must change to be told after so
        many points.
        """
        return STRENGTH * self.noise * math.sqrt(1 / self.points + 1 / points)


def watched(found: Analysis, before: Watched | None = None) -> Watched:
    """After a search, which `before` asked for."""
    explanation = found.explanation
    places = {index: place for place, index in enumerate(found.indexes)}
    cuts = [places[change.index] for change in found.changes]
    heights, noise, depends = about_levels(explanation, cuts)
    start = cuts[-1] if cuts else 0
    size = len(explanation.rest)
    mode = explanation.scatter.mode
    begun = Watched(
        scale=found.scale,
        level=heights[-1],
        deviation=explanation.scatter.deviation * depends**0.5,
        noise=noise,
        points=size - start,
        place=size,
        mode=mode.distance if mode else 0.0,
        wave=explanation.wave,
    )
    rise = fall = 0.0
    for value in explanation.rest[max(start, size - REPLAYED) :].tolist():
        rise, fall = _summed(begun, value - begun.level, rise, fall)
    begun = replace(begun, rise=rise, fall=fall)
    asked_again = before is not None and before.speaks and begun.speaks
    return replace(begun, in_vain=before.in_vain + 1 if before and asked_again else 0)


def seen(series: Watched, value: float, time: float | None) -> Watched:
    """With one point more; `time` is its Unix time."""
    scaled = series.scale.of_one(value)
    if series.wave:
        place, at = np.array([float(series.place)]), None if time is None else np.array([time])
        scaled -= float(series.wave.at(place, at)[0])
    rise, fall = _summed(series, scaled - series.level, series.rise, series.fall)
    return replace(
        series,
        points=series.points + 1,
        place=series.place + 1,
        rise=rise,
        fall=fall,
        since=series.since + 1,
    )


def _summed(series: Watched, distance: float, rise: float, fall: float) -> tuple[float, float]:
    far = min((distance, distance - series.mode), key=abs) if series.mode else distance
    deviations = max(-FAR, min(FAR, far / series.deviation))
    return max(0.0, rise + deviations - SLACK), max(0.0, fall - deviations - SLACK)


def to_numbers(series: Watched) -> list[Any]:
    """For JSON; `from_numbers` undoes it."""
    wave = series.wave and [series.wave.frequency, *series.wave.factors.tolist()]
    scale = series.scale
    return [
        scale.offset, scale.unit, scale.floor, series.level, series.deviation, series.noise, series.points,
        series.place, series.mode, wave, series.rise, series.fall, series.since, series.in_vain,
    ]  # fmt: skip


def from_numbers(numbers: Sequence[Any]) -> Watched:
    offset, unit, floor, level, deviation, noise, points, place, mode, wave, *rest = numbers
    frequency, *factors = wave or (None,)
    found = Wave(frequency, np.array(factors, dtype=float)) if wave else None
    return Watched(Scale(offset, unit, floor), level, deviation, noise, points, place, mode, found, *rest)
