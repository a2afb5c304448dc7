"""Where the level of a series rises or falls little by little, and no single change explains it.

The levels that were found (changes.py) are held against a ramp: flat, then rising or falling by as much
with each point, then flat. It is the likeliest of those that take half of the points or more. Changes that
are large stand for themselves: they stay, and the ramp is of what lies between them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from buildtimetrend.trends.changes import STRENGTH, Analysis, Change, confidence
from buildtimetrend.trends.confirm import about_levels
from buildtimetrend.trends.explain import PENALTY
from buildtimetrend.trends.floats import Floats, np
from buildtimetrend.trends.noise import bounds, dependence, deviation_of_mean, levels

LARGE = 0.1  # of the level
LEAST_POINTS = 40
MUCH = 9.0  # of `favour`: a large change is by far more often one than a part of what drifts
PLACES = 12  # parts of a series at whose ends a ramp may begin or end
LONG = PLACES // 2
FAR = 3.0  # deviations: a point that is farther off says no more


@dataclass(frozen=True, slots=True)
class Drift:
    """From `index` to `last` it goes from about `before` to about `after`; `confidence`, from 0 to 1, that it
    does. Large changes between are left out, unless they are part `of_all`.

    `favour` is by how much it explains the series better than the changes in whose place it is, twice the
    logarithm of the odds: less than 0 if they do it better. It is of independent series a sum.
    """

    index: int
    last: int
    before: float
    after: float
    confidence: float
    favour: float
    of_all: bool


def is_large(before: float, after: float) -> bool:
    return abs(after - before) >= LARGE * abs(before)


def drift(found: Analysis) -> Drift | None:
    """None where there is none beyond chance, or the changes that it might explain go both ways."""
    if len(found.explanation.plain) < LEAST_POINTS:
        return None
    large = [change for change in found.changes if is_large(change.before, change.after)]
    of_all = _instead(found, [])
    return of_all if not large or (of_all and of_all.favour > MUCH) else _instead(found, large)


def _instead(found: Analysis, large: Sequence[Change]) -> Drift | None:
    """In place of all changes but these."""
    explanation = found.explanation
    of = [explanation.plain]
    if explanation.wave and len(found.changes) - len(large) > 1:  # it may be what stairs leave of a ramp
        of.append(explanation.plain + (found.values - explanation.rest))
    ramps = [ramp for plain in of if (ramp := _in_these(plain, found, large))]
    return max(ramps, key=lambda ramp: ramp.favour, default=None)


def _in_these(plain: Floats, found: Analysis, large: Sequence[Change]) -> Drift | None:
    places = {at: place for place, at in enumerate(found.indexes)}
    every, cuts = ([places[change.index] for change in of] for of in (found.changes, large))
    deviation = found.explanation.scatter.deviation
    stepped = levels(plain, every, deviation)
    values = stepped + np.clip(plain - stepped, -FAR * deviation, FAR * deviation)
    flat = values - _means(values, cuts)
    if not _may_be(flat, cuts, deviation):
        return None
    ramp = _likeliest(values, cuts)
    left = flat - ramp.rise * (ramp.values - _means(ramp.values, cuts))
    spread = deviation_of_mean(left, deviation)
    noise = spread**2 * min(dependence(left, spread, cuts), about_levels(found.explanation, every)[2])
    gain = ramp.gain / noise
    explained = [change for change in found.changes if change not in large]
    if gain < STRENGTH**2 or any((change.change > 0) != (ramp.rise > 0) for change in explained):
        return None
    by_changes = float(flat @ flat) - float(np.sum((values - _means(values, every)) ** 2))
    after = _end(values, ramp, cuts)
    return Drift(
        index=found.indexes[ramp.begins],
        last=found.indexes[ramp.ends - 1],
        before=found.scale.back(after - ramp.rise),
        after=found.scale.back(after),
        confidence=confidence(math.sqrt(gain), found.explanation),
        favour=gain - PENALTY - (by_changes / noise - PENALTY * len(explained)),
        of_all=not large,
    )


@dataclass(frozen=True, slots=True)
class _Ramp:
    """`values` go from 0 to 1; `rise` times as much is the series', which takes `gain` of its squares."""

    begins: int
    ends: int
    values: Floats
    rise: float
    gain: float


def _may_be(flat: Floats, cuts: Sequence[int], deviation: float) -> bool:
    """By a straight line, which takes more than half of what any ramp does: most series go no further."""
    at = np.arange(len(flat), dtype=float)
    line = at - _means(at, cuts)
    along = float(line @ flat)
    return along * along >= 0.5 * (STRENGTH * deviation) ** 2 * float(line @ line)


def _likeliest(values: Floats, large: Sequence[int]) -> _Ramp:
    at = np.arange(len(values), dtype=float)
    ends = [round(len(values) * part / PLACES) for part in range(PLACES + 1)]
    spans = [(ends[a], ends[b]) for a in range(PLACES + 1) for b in range(a + LONG, PLACES + 1)]
    ramps = np.array([np.clip((at - begin) / (end - begin), 0.0, 1.0) for begin, end in spans])
    flat = ramps - _means(ramps, large)
    squares = np.maximum(np.einsum("ij,ij->i", flat, flat), 1e-12)
    along = flat @ values
    best = int(np.argmax(along**2 / squares))
    begin, end = spans[best]
    rise = float(along[best] / squares[best])
    return _Ramp(begin, end, ramps[best], rise, float(along[best]) * rise)


def _means(values: Floats, cuts: Sequence[int]) -> Floats:
    """Between each two cuts; of one series, or of several, each a row."""
    means = np.empty_like(values)
    for start, end in bounds(cuts, values.shape[-1]):
        means[..., start:end] = values[..., start:end].mean(axis=-1, keepdims=True)
    return means


def _end(values: Floats, ramp: _Ramp, large: Sequence[int]) -> float:
    """The level where the ramp ends, as what follows no large change behind it."""
    start, end = next((a, b) for a, b in bounds(large, len(values)) if b >= ramp.ends)
    return float(np.mean(values[start:end] - ramp.rise * (ramp.values[start:end] - 1.0)))
