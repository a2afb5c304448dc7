"""A scale on which noise does not depend on the level: logarithms, where all values are positive."""

from __future__ import annotations

import math
from dataclasses import dataclass

from buildtimetrend.trends.floats import Floats, np
from buildtimetrend.trends.noise import median

QUIET = 0.005  # of the level: no series is taken to scatter less
TINY = 1e-15  # stands for 0, where there was none
TIES = 3  # times as many values as different ones: they are counted in units, such as whole seconds


@dataclass(frozen=True, slots=True)
class Scale:
    """Logarithms of value + `offset`; where it is None values are below zero and are divided by `unit`."""

    offset: float | None
    unit: float
    floor: float  # the least deviation, on the scale

    def of(self, values: Floats) -> Floats:
        scaled: Floats = values / self.unit if self.offset is None else np.log(values + self.offset)
        return scaled

    def of_one(self, value: float) -> float:
        """The same of a single value, which is far cheaper; of one below zero, where there was none, of 0."""
        if self.offset is None:
            return value / self.unit
        return math.log(max(value, 0.0) + self.offset or TINY)

    def back(self, scaled: float) -> float:
        return scaled * self.unit if self.offset is None else math.exp(scaled) - self.offset


def scale_of(values: Floats) -> Scale:
    different = np.unique(values)
    step = (
        float(np.diff(different).min())
        if TIES * len(different) <= len(values) and len(different) > 1
        else 0.0
    )
    size = median(np.abs(values))
    rounding = step / math.sqrt(12)
    if different[0] < 0:
        unit = size or 1.0
        return Scale(None, unit, max(QUIET, rounding / unit))
    # Of durations that are zero by a clock of whole seconds
    offset = 0.0 if different[0] > 0 else (step or float(different[different > 0].min(initial=1.0))) / 2
    return Scale(offset, 1.0, max(QUIET, rounding / max(size + offset, offset, 1e-300)))
