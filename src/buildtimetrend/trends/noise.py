"""How much a series scatters about its levels, and how far one point tells of the next."""

from __future__ import annotations

import math
from collections.abc import Sequence

from buildtimetrend.trends.floats import Floats, np

HUBER = 1.345  # deviations: beyond, a point pulls no harder


def spread(residuals: Floats) -> float:
    """Standard deviation by the median of distances, which outliers do not move."""
    return 1.4826 * median(np.abs(residuals - median(residuals)))


def median(values: Floats) -> float:
    """The upper one of two: `numpy.median` takes three times as long for short arrays."""
    half = len(values) // 2
    return float(np.partition(values, half)[half])


def quantiles(values: Floats, *of: float) -> list[float]:
    """Between two values in proportion: what `numpy.quantile` says in ten times as long."""
    last = len(values) - 1
    places = [(math.floor(share * last), share * last % 1) for share in of]
    near = sorted({at for place, _ in places for at in (place, min(place + 1, last))})
    ordered = np.partition(values, near)
    return [float(ordered[at] + (ordered[min(at + 1, last)] - ordered[at]) * beyond) for at, beyond in places]


def level(values: Floats, deviation: float) -> float:
    """Huber's mean."""
    middle, reach, size = median(values), HUBER * deviation, len(values)
    for _ in range(5):  # with sums: `mean` and `clip` of short arrays take several times as long
        pulls = values - middle
        near = int(np.count_nonzero(np.abs(pulls) < reach)) / size
        pulled = np.minimum(np.maximum(pulls, -reach, out=pulls), reach, out=pulls)
        step = float(np.add.reduce(pulled)) / size / max(0.2, near)
        middle += step
        if abs(step) < 1e-3 * deviation:
            break
    return middle


def levels(values: Floats, cuts: Sequence[int], deviation: float) -> Floats:
    """The level of its segment, for each point."""
    fitted = np.empty_like(values)
    for start, end in bounds(cuts, len(values)):
        fitted[start:end] = level(values[start:end], deviation)
    return fitted


def bounds(cuts: Sequence[int], size: int) -> list[tuple[int, int]]:
    return list(zip([0, *cuts], [*cuts, size], strict=True))


def deviation_of_mean(residuals: Floats, deviation: float) -> float:
    """Of a Huber mean over n independent points, times the root of n; not much below that of the points."""
    reach = HUBER * deviation
    clipped = np.clip(residuals, -reach, reach)
    near = float(np.mean(np.abs(residuals) < reach))
    return max(0.8 * deviation, math.sqrt(float(clipped @ clipped) / len(clipped)) / max(near, 0.2))


def dependence(residuals: Floats, deviation: float, cuts: Sequence[int]) -> float:
    """Long-run variance as a multiple of the variance: 1 for independent points, never less.

    The larger of two estimates: by the next point alone, and by Bartlett's weights over root n of them. Both
    are too low because means were taken out, by about the number of segments in n; that is put back.
    """
    clipped = np.clip(residuals, -1.5 * deviation, 1.5 * deviation)
    size, segments = len(clipped), len(cuts) + 1
    for start, end in bounds(cuts, size):
        clipped[start:end] -= clipped[start:end].mean()
    variance = float(clipped @ clipped)
    if not variance:
        return 1.0
    lost = segments / size
    next_one = float(clipped[1:] @ clipped[:-1]) / variance
    next_one = min(max(0.0, next_one + (1 + 3 * max(next_one, 0.0)) * lost), 0.95)
    by_next = (1 + next_one) / (1 - next_one) if next_one > 2 / math.sqrt(size) else 1.0
    lags = round(math.sqrt(size) / 1.5)
    by_many = 1.0
    for lag in range(1, lags + 1):
        weight = 1 - lag / (lags + 1)
        by_many += 2 * weight * (float(clipped[lag:] @ clipped[:-lag]) / variance + lost)
    return max(1.0, by_next, by_many)
