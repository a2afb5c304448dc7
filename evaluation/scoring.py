"""What a detector finds of what is there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from buildtimetrend.trends import Change
from evaluation.series import Series, Shift

Detector: TypeAlias = Callable[[Series], list[Change]]

STRONG = 5.0  # deviations
LARGE = 0.19  # of the level: 20 %, as the logarithm's rounding leaves it


@dataclass(slots=True)
class Score:
    true: int = 0
    told: int = 0
    strong: list[bool] = field(default_factory=list)  # whether each was found
    large: list[bool] = field(default_factory=list)
    in_range: list[bool] = field(default_factory=list)
    confidences: list[tuple[float, bool]] = field(default_factory=list)  # and whether the change was true
    unchanged: int = 0  # values of series without a shift
    false_there: int = 0
    milliseconds: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, float]:
        return {
            "precision": self.true / max(1, self.told),
            "found, z >= 5": float(np.mean(self.strong)),
            "found, >= 20 %": float(np.mean(self.large)),
            "false per 1,000": 1000 * self.false_there / max(1, self.unchanged),
            "in range": float(np.mean(self.in_range)) if self.in_range else float("nan"),
            "ms": float(np.median(self.milliseconds)),
        }


def scored(detector: Detector, many: Iterable[Series]) -> Score:
    score = Score()
    for series in many:
        begun = time.perf_counter()
        told = detector(series)
        score.milliseconds.append(1000 * (time.perf_counter() - begun))
        _count(score, series, told)
    return score


def _count(score: Score, series: Series, told: list[Change]) -> None:
    left = list(told)
    for shift in series.shifts:
        found = _nearest(shift, left)
        if found:
            left.remove(found)
            score.in_range.append(found.first <= shift.index <= found.last)
            score.confidences.append((found.confidence, True))
        if shift.strength >= STRONG:
            score.strong.append(found is not None)
        if abs(np.exp(shift.size) - 1) >= LARGE:
            score.large.append(found is not None)
    score.confidences += [(change.confidence, False) for change in left]
    score.told += len(told)
    score.true += len(told) - len(left)
    if not series.shifts:
        score.unchanged += len(series.values)
        score.false_there += len(told)


def _nearest(shift: Shift, told: list[Change]) -> Change | None:
    near = [
        change
        for change in told
        if abs(change.index - shift.index) <= shift.tolerance
        and (change.after > change.before) == (shift.size > 0)
    ]
    return min(near, key=lambda change: abs(change.index - shift.index), default=None)
