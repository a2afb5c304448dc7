"""Seeded series of build durations whose changes are known.

Half have a changed level, of 5 to 50 %, once to three times. Noise is log-normal; some series depend on their
past, have two modes (a cache that is hit or missed), a load by the week, outliers, or early failures.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from buildtimetrend.trends.floats import Floats

SIZES = (0.05, 0.1, 0.2, 0.5)
WEEK = 7.0  # days


@dataclass(frozen=True, slots=True)
class Shift:
    """`size` is of the logarithm; `strength` in deviations of the difference of both levels."""

    index: int
    size: float
    strength: float
    tolerance: float  # builds: nobody can place a weak shift more exactly


@dataclass(frozen=True, slots=True)
class Series:
    values: Floats
    times: Floats  # Unix times
    shifts: tuple[Shift, ...]
    traits: frozenset[str]


def seeded(seed: int, count: int) -> Iterator[Series]:
    rng = np.random.default_rng(seed)
    for _ in range(count):
        yield _series(rng)


def _series(rng: np.random.Generator) -> Series:
    traits = set()
    lengths, factors = _segments(rng)
    size = sum(lengths)
    days = np.cumsum(rng.exponential(1 / rng.uniform(3, 20), size=size))
    logs = np.repeat(np.log(np.exp(rng.uniform(np.log(20), np.log(2000))) * np.array(factors)), lengths)
    variation = rng.uniform(0.03, 0.25)
    deviation = float(np.sqrt(np.log(1 + variation**2)))
    dependence = 0.0
    if rng.random() < 0.3:
        dependence = rng.uniform(0.2, 0.5)
        traits.add("dependent")
    logs += deviation * _dependent(rng, size, dependence)
    if rng.random() < 0.25:
        logs += np.log(rng.uniform(1.4, 2.8)) * (rng.random(size) < rng.uniform(0.1, 0.35))
        traits.add("two modes")
    if rng.random() < 0.2:
        logs += rng.uniform(0.04, 0.17) * np.sin(2 * np.pi * days / WEEK + rng.uniform(0, 2 * np.pi))
        traits.add("load")
    if rng.random() < 0.6:
        logs += np.log(rng.uniform(2, 8, size=size)) * (rng.random(size) < rng.uniform(0, 0.05))
        traits.add("outliers")
    logs += np.log(rng.uniform(0.05, 0.5, size=size)) * (rng.random(size) < 0.01)
    long_run = deviation * float(np.sqrt((1 + dependence) / (1 - dependence)))
    shifts = tuple(_shifts(lengths, factors, long_run))
    return Series(np.exp(logs), 1.7e9 + 86_400 * days, shifts, frozenset(traits))


def _segments(rng: np.random.Generator) -> tuple[list[int], list[float]]:
    if rng.random() < 0.4:
        return [int(rng.integers(100, 500))], [1.0]
    factors = [1.0]
    for _ in range(int(rng.integers(1, 4))):
        factors.append(factors[-1] * (1 + float(rng.choice(SIZES)) * int(rng.choice([1, -1]))))
    return [int(rng.integers(20, 251)) for _ in factors], factors


def _dependent(rng: np.random.Generator, size: int, dependence: float) -> Floats:
    noise = rng.normal(size=size)
    for at in range(1, size):
        noise[at] = dependence * noise[at - 1] + np.sqrt(1 - dependence**2) * noise[at]
    return noise


def _shifts(lengths: list[int], factors: list[float], long_run: float) -> Iterator[Shift]:
    for number in range(1, len(lengths)):
        size = float(np.log(factors[number] / factors[number - 1]))
        noise = long_run * float(np.sqrt(1 / lengths[number - 1] + 1 / lengths[number]))
        tolerance = min(60.0, max(7.0, 12 * (long_run / size) ** 2))
        yield Shift(sum(lengths[:number]), size, abs(size) / noise, tolerance)
