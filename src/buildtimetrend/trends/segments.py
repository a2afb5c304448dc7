"""Levels and the places where they change: the cheapest explanation of a series.

A point costs its squared distance from the level in deviations, but `FAR` at most, so that an outlier buys no
segment of its own; a change costs a penalty. The cheapest path over a grid of levels is found by dynamic
programming (Viterbi 1967; the bounded cost is that of Fearnhead and Rigaill 2019).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from buildtimetrend.trends.floats import Floats, np
from buildtimetrend.trends.noise import bounds, levels, quantiles

FAR = 9.0  # three deviations, squared
STEP = 0.3  # deviations between two levels of the grid
MOST_LEVELS = 128


@dataclass(frozen=True, slots=True)
class Mode:
    """A second level beside the main one, such as that of builds that miss their cache."""

    distance: float
    share: float  # of the points, at most a half
    deviation: float

    @property
    def surcharge(self) -> float:
        """What it costs a point to be of the rarer mode."""
        return 2 * math.log((1 - self.share) / self.share)


@dataclass(frozen=True, slots=True)
class Scatter:
    """How points lie about their level."""

    deviation: float
    mode: Mode | None = None


@dataclass(frozen=True, slots=True)
class Segments:
    """`cuts` are the indices where a new level begins."""

    cuts: list[int]
    levels: Floats  # of each point, on the grid
    cost: float


def cost_of(distances: Floats, scatter: Scatter) -> Floats:
    """Of points that are so far from their levels."""
    cost = distances / scatter.deviation
    if scatter.mode:
        other = cost - scatter.mode.distance / scatter.deviation
        other *= other
        other += scatter.mode.surcharge
        cost *= cost
        np.minimum(cost, other, out=cost)
    else:
        cost *= cost
    return np.minimum(cost, FAR, out=cost)


def segments(values: Floats, scatter: Scatter, penalty: float, block: int = 1) -> Segments:
    """The cheapest; with `block`, changes are looked for between blocks of that many points, then placed."""
    low, high = quantiles(values, 0.01, 0.99)
    step = max(STEP * scatter.deviation, (high - low) / MOST_LEVELS)
    grid = np.arange(low - step, high + 2 * step, step)
    cost = cost_of(values[:, None] - grid, scatter)
    starts = np.arange(0, len(values), block)
    if block > 1:
        cost = np.add.reduceat(cost, starts, axis=0)
    at, states, total = _cheapest(cost, penalty)
    cuts = [int(starts[block_at]) for block_at in at]
    if block > 1:
        cuts = _placed(values, cuts, grid[states], scatter, 2 * block)
    on_grid = np.empty_like(values)
    for (start, end), state in zip(bounds(cuts, len(values)), states, strict=True):
        on_grid[start:end] = grid[state]
    return Segments(cuts, on_grid, total)


def _cheapest(cost: Floats, penalty: float) -> tuple[list[int], list[int], float]:
    """Rows where the level changes, the level of each segment, and the whole cost; sums up in place."""
    size = len(cost)
    row = cost[0]
    cheapest = [int(row.argmin())] * size
    least = [float(row[cheapest[0]])] * size
    kept = np.empty_like(row)
    for at in range(1, size):
        np.minimum(row, least[at - 1] + penalty, out=kept)
        row = cost[at]
        row += kept
        cheapest[at] = state = int(row.argmin())
        least[at] = float(row[state])
    state = cheapest[-1]
    cuts, states = [], [state]
    for at in range(size - 1, 0, -1):
        if cost[at - 1, state] > least[at - 1] + penalty:
            state = cheapest[at - 1]
            cuts.append(at)
            states.append(state)
    return cuts[::-1], states[::-1], least[-1]


def _placed(
    values: Floats, cuts: Sequence[int], of_segments: Floats, scatter: Scatter, reach: int
) -> list[int]:
    """Each change where it is cheapest, at most `reach` from where it was found."""
    placed: list[int] = []
    for number, cut in enumerate(cuts):
        first = max(placed[-1] + 1 if placed else 1, cut - reach)
        last = min(cuts[number + 1] if number + 1 < len(cuts) else len(values), cut + reach) - 1
        if first >= last:
            placed.append(cut)
            continue
        near = values[first:last]
        gain = cost_of(near - of_segments[number], scatter) - cost_of(near - of_segments[number + 1], scatter)
        placed.append(first + int(np.concatenate([[0.0], np.cumsum(gain)]).argmin()))
    return placed


def on_main_mode(values: Floats, found: Segments, scatter: Scatter) -> Floats:
    """The values, with those of the second mode moved to the main one, by how likely they are of it."""
    if not scatter.mode:
        return values
    fitted = found.levels
    for _ in range(2):
        fitted = levels(
            _moved(values, fitted, scatter.deviation, scatter.mode), found.cuts, scatter.deviation
        )
    return _moved(values, fitted, scatter.deviation, scatter.mode)


def _moved(values: Floats, fitted: Floats, deviation: float, mode: Mode) -> Floats:
    distances = (values - fitted) / deviation
    main = distances * distances
    other = (distances - mode.distance / deviation) ** 2 + mode.surcharge
    likely = 1 / (1 + np.exp(np.clip((other - main) / 2, -50, 50)))
    likely[np.minimum(main, other) > FAR + mode.surcharge] = 0.0
    moved: Floats = values - mode.distance * likely
    return moved
