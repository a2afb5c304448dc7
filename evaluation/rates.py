"""How well a change of how often builds pass is found: on seeded yes and no, which may follow each other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.random import Generator, default_rng

from buildtimetrend.trends.rates import rate_changes

BUILDS = 400
EVERY = 10  # builds from one look to the next
SHARES = (0.5, 0.7, 0.85, 0.95, 0.99)
DEPENDENT = (0.0, 0.2, 0.4)
SHIFTS = ((0.95, 0.6), (0.85, 0.5), (0.95, 0.8), (0.89, 0.71))
NEAR = 30  # builds, within which a change that is told is the true one
AT = 150


def drawn(rng: Generator, builds: int, share: float, dependent: float) -> list[bool]:
    """Each is as the one before with that probability, else drawn anew."""
    values = rng.random(builds) < share
    again = rng.random(builds) < dependent
    for place in np.flatnonzero(again[1:]) + 1:
        values[place] = values[place - 1]
    return [bool(value) for value in values]


def unchanged(seed: int, series: int = 100) -> dict[str, dict[str, float]]:
    """Changes that are told of series in which nothing changed, each once, looked at as they grow."""
    return {
        f"dependent {dependent}": {
            "false per 1,000": 1000 * _alarms(seed, series, dependent) / (BUILDS * series)
        }
        for dependent in DEPENDENT
    }


def _alarms(seed: int, series: int, dependent: float) -> int:
    rng = default_rng([seed, int(10 * dependent)])
    told = 0
    for number in range(series):
        values = drawn(rng, BUILDS, SHARES[number % len(SHARES)], dependent)
        seen: list[int] = []
        for index in _told(values):
            if all(abs(index - other) > NEAR for other in seen):
                seen.append(index)
        told += len(seen)
    return told


def _told(values: list[bool]) -> Iterator[int]:
    for end in range(2 * EVERY, len(values) + 1, EVERY):
        yield from (change.index for change in rate_changes(values[:end]))


def shifted(seed: int, series: int = 60) -> dict[str, dict[str, float]]:
    """Of a change after 150 builds: in how many of the series it is told within 150 more, after how many
    builds in the median of those, and how often the range holds it.
    """
    return {f"{before:.0%} to {after:.0%}": _found(seed, series, before, after) for before, after in SHIFTS}


def _found(seed: int, series: int, before: float, after: float) -> dict[str, float]:
    rng = default_rng([seed, int(100 * before), int(100 * after)])
    delays, held = [], []
    for _ in range(series):
        values = drawn(rng, AT, before, 0.1) + drawn(rng, AT, after, 0.1)
        for end in range(AT + EVERY, 2 * AT + 1, EVERY):
            near = [each for each in rate_changes(values[:end]) if abs(each.index - AT) <= NEAR]
            if near:
                delays.append(end - AT)
                held.append(near[0].first <= AT <= near[0].last)
                break
    return {
        "found": len(delays) / series,
        "builds until told": float(np.median(delays)) if delays else float("nan"),
        "in range": float(np.mean(held)) if held else float("nan"),
    }
