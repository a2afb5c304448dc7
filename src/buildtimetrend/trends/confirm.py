"""Which of the changes that the segments show are beyond chance, and between which points each lies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from buildtimetrend.trends.explain import Explanation
from buildtimetrend.trends.floats import np
from buildtimetrend.trends.noise import bounds, dependence, deviation_of_mean, level
from buildtimetrend.trends.segments import cost_of

LEAST_POINTS = 5  # on each side
WITHIN = 0.95  # how surely the change lies in its range


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Levels are those of the series' logarithms; `strength` is in deviations of their difference."""

    index: int
    first: int
    last: int
    before: float
    after: float
    strength: float


def confirmed(found: Explanation, least: float, strength: float) -> list[Confirmed]:
    """The weakest is given up and the others are judged anew until all are of that strength, and at least
    `least` in size.
    """
    kept = list(found.cuts)
    while kept:
        parts = bounds(kept, len(found.plain))
        heights, noise, depends = about_levels(found, kept)
        strengths = []
        for number in range(len(kept)):
            before, after = (end - start for start, end in parts[number : number + 2])
            size = abs(heights[number + 1] - heights[number])
            beyond = size / (noise * math.sqrt(1 / before + 1 / after))
            # What is too small or too new goes first, the weakest of it before the others.
            too_little = size < least or min(before, after) < LEAST_POINTS
            strengths.append(beyond / (1 + beyond) if too_little else beyond)
        weakest = int(np.argmin(strengths))
        if strengths[weakest] >= strength:
            sides = [(left[0], right[1]) for left, right in pairwise(parts)]
            levels = pairwise(heights)
            return [_placed(found, *told, depends) for told in zip(sides, levels, strengths, strict=True)]
        del kept[weakest]
    return []


def about_levels(found: Explanation, cuts: Sequence[int]) -> tuple[list[float], float, float]:
    """The level between each two of the cuts; the deviation of their means, times the root of their points;
    and how far one point tells of the next, as `dependence` has it.
    """
    plain, deviation = found.plain, found.scatter.deviation
    parts = bounds(cuts, len(plain))
    heights = [level(plain[start:end], deviation) for start, end in parts]
    residuals = np.concatenate(
        [plain[start:end] - height for (start, end), height in zip(parts, heights, strict=True)]
    )
    depends = dependence(residuals, deviation, cuts)
    return heights, deviation_of_mean(residuals, deviation) * math.sqrt(depends), depends


def _placed(
    found: Explanation, sides: tuple[int, int], levels: tuple[float, float], strength: float, depends: float
) -> Confirmed:
    """The likeliest place within both segments, and the smallest set of places that is likely enough."""
    start, end = sides
    before, after = levels
    values = found.rest[start:end]
    gain = cost_of(values - before, found.scatter) - cost_of(values - after, found.scatter)
    costs = np.cumsum(gain)[:-1]  # of a change behind each point
    best = int(costs.argmin())
    likely = np.exp((costs[best] - costs) / (2 * depends))
    likely /= likely.sum()
    order = np.argsort(-likely)
    enough = order[: int((np.cumsum(likely[order]) < WITHIN).sum()) + 1]
    first, last = int(enough.min()), int(enough.max())
    return Confirmed(start + best + 1, start + first + 1, start + last + 1, before, after, strength)
