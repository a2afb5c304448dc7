"""What a series is made of: levels, a second mode, load that comes and goes, and noise. Fitted in turns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from buildtimetrend.trends.floats import Floats, np
from buildtimetrend.trends.modes import second_mode
from buildtimetrend.trends.noise import dependence, levels, spread
from buildtimetrend.trends.segments import Scatter, on_main_mode, segments
from buildtimetrend.trends.waves import Fit, Wave, by_clock, by_period

PENALTY = 18.0  # of a change, where points are independent
BLOCK = 4  # points between which changes are looked for while the rest is not known
WAVE_GAIN = 40.0  # of the whole cost, to believe in a wave
WORTH_TRYING = 20.0
LEAST_FOR_WAVE = 40  # points
DEPENDENT = 1.2  # from here on dependence makes changes dearer


@dataclass(frozen=True, slots=True)
class Explanation:
    """`rest` are the values without load; `plain` are those without the second mode, too, which leaves levels
    and noise.
    """

    rest: Floats
    plain: Floats
    wave: Wave | None
    scatter: Scatter
    cuts: list[int]
    cost: float


def explained(values: Floats, times: Floats | None, floor: float) -> Explanation:
    """`values` are on a scale where noise does not depend on the level; `floor` is the least deviation."""
    found = _settled(values, _by_differences(values, Scatter(0.0), floor), floor, rounds=2)
    if len(values) >= LEAST_FOR_WAVE:
        timed = _Timed(values, times)
        fits = [by_period] if times is None else [by_clock(times), by_period]
        beside: list[_Beside] = []
        of = None
        for fit in fits:
            if found is not of:
                of, beside = found, _besides(timed, found)
            found = _with_wave(timed, found, beside, fit, floor)
    return _exact(found, floor)


@dataclass(frozen=True, slots=True)
class _Timed:
    values: Floats
    times: Floats | None

    def load(self, wave: Wave) -> Floats:
        return wave.at(np.arange(len(self.values), dtype=float), self.times)


def _by_differences(values: Floats, known: Scatter, floor: float) -> Scatter:
    """The scatter where levels are not known yet."""
    if known.mode:
        return Scatter(known.mode.deviation, known.mode)
    return Scatter(max(spread(np.diff(values)) / math.sqrt(2), floor))


def _settled(rest: Floats, scatter: Scatter, floor: float, *, rounds: int) -> Explanation:
    """Segments, the second mode and the noise, in turns: each makes the others clearer."""
    for _ in range(rounds):
        found = segments(rest, scatter, PENALTY, BLOCK)
        residuals = rest - levels(on_main_mode(rest, found, scatter), found.cuts, scatter.deviation)
        deviation = max(spread(residuals), floor)
        mode = second_mode(residuals, deviation, floor)
        scatter = Scatter(mode.deviation, mode) if mode else Scatter(deviation)
    found = segments(rest, scatter, PENALTY, BLOCK)
    return Explanation(rest, on_main_mode(rest, found, scatter), None, scatter, found.cuts, found.cost)


def _with_wave(
    timed: _Timed, without: Explanation, besides: Sequence[_Beside], fit: Fit, floor: float
) -> Explanation:
    """The better of both explanations."""
    gain, wave = max((_first_wave(timed, without, each, fit) for each in besides), key=lambda one: one[0])
    if gain < WORTH_TRYING:
        return without
    for _ in range(2):
        load = timed.load(wave)
        rest = timed.values - load
        scatter = _by_differences(rest, without.scatter, floor)
        found = segments(rest, scatter, PENALTY, BLOCK)
        plain = on_main_mode(rest, found, scatter)
        left = plain - levels(plain, found.cuts, scatter.deviation) + load
        wave = fit(left, max(spread(left), scatter.deviation))
    rest = timed.values - timed.load(wave)
    with_it = _settled(rest, _by_differences(rest, without.scatter, floor), floor, rounds=1)
    quieter = 2 * len(rest) * math.log(without.scatter.deviation / with_it.scatter.deviation)
    better = without.cost - with_it.cost + quieter > WAVE_GAIN
    return replace(with_it, wave=wave) if better else without


class _Beside(NamedTuple):
    """What some changes leave to a wave, and how it scatters."""

    residuals: Floats
    deviation: float


def _besides(timed: _Timed, without: Explanation) -> list[_Beside]:
    """Changes that were found may be those of the wave: so beside all of them, beside those that stand out
    where the noise is taken for larger, and beside none.
    """
    deviation = without.scatter.deviation
    plain = without.plain + (timed.load(without.wave) if without.wave else 0.0)
    few = [segments(plain, Scatter(more * deviation), PENALTY, 2 * BLOCK).cuts for more in (3, 9)]
    found = []
    for cuts, more in zip([without.cuts, *few, []], (1, 3, 9, 4), strict=True):
        residuals = plain - levels(plain, cuts, more * deviation)
        found.append(_Beside(residuals, max(spread(residuals), deviation)))
    return found


def _first_wave(timed: _Timed, without: Explanation, beside: _Beside, fit: Fit) -> tuple[float, Wave]:
    """With how much of the cost it takes."""
    residuals, around = beside
    wave = fit(residuals, around)
    left = max(spread(residuals - timed.load(wave)), without.scatter.deviation)
    return 2 * len(residuals) * math.log(around / left), wave


def _exact(found: Explanation, floor: float) -> Explanation:
    """With changes at their exact places, and dearer where points depend on those before."""
    rest, scatter = found.rest, found.scatter
    residuals = found.plain - levels(found.plain, found.cuts, scatter.deviation)
    depends = dependence(residuals, scatter.deviation, found.cuts)
    exact = segments(rest, scatter, PENALTY * (depends if depends > DEPENDENT else 1.0))
    plain = on_main_mode(rest, exact, scatter)
    if not scatter.mode:
        scatter = Scatter(max(spread(plain - levels(plain, exact.cuts, scatter.deviation)), floor))
    return replace(found, plain=plain, scatter=scatter, cuts=exact.cuts, cost=exact.cost)
