"""How many builds it takes until a shift is told."""

from __future__ import annotations

import numpy as np

from buildtimetrend.trends import change_points

SHIFT = 1.2
MOST = 60  # builds
SERIES = 40
PLACE = 7  # builds from the true one at most


def by_noise(seed: int) -> dict[str, dict[str, float]]:
    """For coefficients of variation; shifts that are not told within `MOST` count as that."""
    rng = np.random.default_rng(seed)
    return {f"variation {noise:.0%}": _quantiles(rng, noise) for noise in (0.03, 0.05, 0.08, 0.12, 0.16, 0.2)}


def _quantiles(rng: np.random.Generator, noise: float) -> dict[str, float]:
    told = [_delay(rng, noise) for _ in range(SERIES)]
    limit = (4.5 * noise / np.log(SHIFT)) ** 2  # of a test of that strength that knows level and noise
    return {"median": float(np.median(told)), "90 %": float(np.quantile(told, 0.9)), "limit": max(5.0, limit)}


def _delay(rng: np.random.Generator, noise: float) -> int:
    before = int(rng.integers(60, 250))
    values = 300 * np.exp(noise * rng.normal(size=before + MOST))
    values[before:] *= SHIFT
    for builds in range(5, MOST):
        told = change_points(values[: before + builds])
        if any(abs(change.index - before) <= PLACE for change in told):
            return builds
    return MOST
