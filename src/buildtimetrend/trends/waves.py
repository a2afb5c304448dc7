"""Load that comes and goes by itself: by the hour and the weekday, or with some other period.

It is a part of a series, not a change of it: most false alarms came from it (docs/decisions.md).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from buildtimetrend.trends.floats import Floats, np
from buildtimetrend.trends.noise import HUBER

DAY = 86_400.0  # seconds
LEAST_CYCLES = 1.7


@dataclass(frozen=True, slots=True)
class Wave:
    """`frequency` is in cycles a point; None is that of the clock: day and week."""

    frequency: float | None
    factors: Floats

    def at(self, indexes: Floats, times: Floats | None) -> Floats:
        """Its part of the values there."""
        places = times if self.frequency is None else indexes
        if places is None:
            raise ValueError("a wave by the clock needs times")
        explained: Floats = _columns(self.frequency, places) @ self.factors
        return explained


Fit: TypeAlias = Callable[[Floats, float], Wave]  # from residuals and their deviation


def by_clock(times: Floats) -> Fit:
    """For builds at these Unix times."""
    columns = _with_mean(_columns(None, times))
    return lambda residuals, deviation: Wave(None, _regressed(columns, residuals, deviation))


def by_period(residuals: Floats, deviation: float) -> Wave:
    """Of the period that the residuals show most."""
    size = len(residuals)
    clipped = np.clip(residuals, -2 * deviation, 2 * deviation)
    padded = 1 << (2 * size - 1).bit_length()
    power = np.abs(np.fft.rfft(clipped - clipped.mean(), padded)) ** 2
    slowest = max(2, int(LEAST_CYCLES * padded / size))
    peak = slowest + int(power[slowest:-1].argmax())
    before, top, after = (float(around) for around in power[peak - 1 : peak + 2])
    curvature = before - 2 * top + after
    frequency = (peak + (0.5 * (before - after) / curvature if curvature else 0.0)) / padded
    columns = _with_mean(_columns(frequency, np.arange(size, dtype=float)))
    return Wave(frequency, _regressed(columns, residuals, deviation))


def _columns(frequency: float | None, places: Floats) -> Floats:
    """Sines and cosines, one column each: three of the week and two of the day, or one of the period."""
    if frequency is None:
        days = places / DAY
        turns = [days / 7 * harmonic for harmonic in (1, 2, 3)] + [days * harmonic for harmonic in (1, 2)]
    else:
        turns = [places * frequency]
    return np.stack([wave(2 * np.pi * turn) for turn in turns for wave in (np.sin, np.cos)], axis=1)


def _with_mean(columns: Floats) -> Floats:
    return np.concatenate([columns, np.ones((len(columns), 1))], axis=1)


def _regressed(columns: Floats, residuals: Floats, deviation: float) -> Floats:
    """A factor for each column but the last, by Huber's weights; the mean of the residuals is left to the
    levels.
    """
    factors: Floats = np.zeros(columns.shape[1])
    little = 1e-6 * np.eye(len(factors))
    for _ in range(3):
        distances = np.abs(residuals - columns @ factors)
        weights = 1 / np.maximum(1.0, distances / (HUBER * deviation))
        weighted = columns * weights[:, None]
        normal = weighted.T @ columns + little
        factors = np.asarray(np.linalg.solve(normal, weighted.T @ residuals), dtype=float)
    return factors[:-1]
