"""How far the difference of two means can be trusted: Welch's t interval, out of counts and sums."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import NamedTuple

PROBABILITY = 0.95
_Z = NormalDist().inv_cdf((1 + PROBABILITY) / 2)
# Student's t for 1, 2, … degrees of freedom; behind them the series below is right to three digits.
_T = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306)


class Sums(NamedTuple):
    """A value of each of so many `jobs`, or builds: their sum, and that of their squares. A 0 need only be
    counted.
    """

    jobs: int
    total: float
    squares: float

    @property
    def mean(self) -> float:
        return self.total / self.jobs if self.jobs else 0.0

    @property
    def of_mean(self) -> float:
        """The mean's variance. Rounding may make that of equal values a little negative."""
        spread = self.squares - self.total * self.total / self.jobs
        return max(0.0, spread) / (self.jobs - 1) / self.jobs


NOTHING = Sums(0, 0.0, 0.0)


def margin(a: Sums, b: Sums) -> float | None:
    """What the difference of the means may be off by, either way; None for less than two values on a side."""
    if min(a.jobs, b.jobs) < 2:
        return None
    both = a.of_mean + b.of_mean
    if both == 0:
        return 0.0
    freedom = both**2 / (a.of_mean**2 / (a.jobs - 1) + b.of_mean**2 / (b.jobs - 1))
    return student(freedom) * math.sqrt(both)


def student(freedom: float) -> float:
    """The quantile of Student's t, of the whole number of degrees below `freedom` where they are few."""
    if freedom < len(_T) + 1:
        return _T[max(1, int(freedom + 1e-9)) - 1]
    first = (_Z**3 + _Z) / 4
    second = (5 * _Z**5 + 16 * _Z**3 + 3 * _Z) / 96
    third = (3 * _Z**7 + 19 * _Z**5 + 17 * _Z**3 - 15 * _Z) / 384
    return _Z + first / freedom + second / freedom**2 + third / freedom**3
