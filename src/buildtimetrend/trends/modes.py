"""Two modes of one level: builds that find their cache, and builds that do not.

A mixture of two normal distributions with one deviation, and of outliers anywhere, fitted by expectation and
maximisation from several starts at once. It is taken if it explains the residuals so much better than one
mode that this is hardly chance.
"""

from __future__ import annotations

import math

from buildtimetrend.trends.floats import Floats, np
from buildtimetrend.trends.segments import Mode

ANYWHERE = 0.25  # density of outliers: even, over four natural logarithms
NORMAL = 1 / math.sqrt(2 * math.pi)
ROUNDS = 8
LEAST_POINTS = 40
LEAST_OF_MODE = 6  # points
APART = 2.3  # deviations
GAIN = 12.0  # of twice the log likelihood, beyond that of three more parameters


def second_mode(residuals: Floats, deviation: float, floor: float) -> Mode | None:
    size = len(residuals)
    if size < LEAST_POINTS:
        return None
    ordered = np.sort(residuals)
    half = int(0.4 * size)
    widths = ordered[half:] - ordered[:-half]
    densest = int(widths.argmin())
    centre = float(ordered[densest + half // 2])
    narrow = max(float(widths[densest]) / 1.05, floor)  # 40 % of a normal distribution: 1.05 deviations
    if np.mean(np.abs(residuals - centre) > 2.5 * narrow) < 0.04:
        return None
    above, below = float(ordered[int(0.93 * size)]) - centre, float(ordered[int(0.07 * size)]) - centre
    distances = np.array([3 * narrow, 7 * narrow, above, below])
    two = _Mixture(residuals, centre, distances, 0.2, deviation=narrow, floor=floor)
    one = _Mixture(residuals, float(np.median(residuals)), np.zeros(1), 0.0, deviation=deviation, floor=floor)
    fewer = np.minimum(two.share, 1 - two.share)
    possible = (
        (np.abs(two.distance) > APART * two.deviation) & (fewer > 0.03) & (fewer * size >= LEAST_OF_MODE)
    )
    likelihood = np.where(possible, two.likelihood, -np.inf)
    best = int(likelihood.argmax())
    if 2 * (likelihood[best] - one.likelihood[0]) < GAIN + 4 * math.log(size):
        return None
    distance, share = float(two.distance[best]), float(two.share[best])
    if share > 0.5:
        distance, share = -distance, 1 - share
    return Mode(distance, min(share, 0.499), max(float(two.deviation[best]), floor))


class _Mixture:
    """Fitted from several starts, one in each column."""

    def __init__(
        self, values: Floats, centre: float, distance: Floats, share: float, *, deviation: float, floor: float
    ) -> None:
        starts = len(distance)
        self._values = values[:, None]
        self._centre = np.full(starts, centre)
        self.distance = distance
        self.share = np.full(starts, share)
        self.deviation = np.full(starts, deviation)
        self._outliers = np.full(starts, 0.03)
        for _ in range(ROUNDS):
            self._improve(floor)
        main, other = self._densities()
        self.likelihood = np.log(main + other + self._outliers * ANYWHERE).sum(axis=0)

    def _densities(self) -> tuple[Floats, Floats]:
        scaled = (self._values - self._centre) / self.deviation
        main = np.exp(-0.5 * scaled * scaled)
        main *= (1 - self.share - self._outliers) * NORMAL / self.deviation
        scaled -= self.distance / self.deviation
        other = np.exp(-0.5 * scaled * scaled)
        other *= self.share * NORMAL / self.deviation
        return main, other

    def _improve(self, floor: float) -> None:
        main, other = self._densities()
        whole = main + other + self._outliers * ANYWHERE
        main /= whole
        other /= whole
        of_main, of_other = main.sum(axis=0), other.sum(axis=0)
        centre = (main * self._values).sum(axis=0) / np.maximum(of_main, 1e-9)
        elsewhere = (other * self._values).sum(axis=0) / np.maximum(of_other, 1e-9)
        self.distance = np.where(of_other > 1e-6, elsewhere - centre, self.distance)
        self._centre = centre
        size = len(self._values)
        self.share = of_other / size
        self._outliers = np.clip(1 - (of_main + of_other) / size, 0.002, 0.15)
        squares = main * (self._values - centre) ** 2 + other * (self._values - centre - self.distance) ** 2
        self.deviation = np.sqrt(squares.sum(axis=0) / np.maximum(of_main + of_other, 1e-9))
        self.deviation = np.maximum(self.deviation, floor)
