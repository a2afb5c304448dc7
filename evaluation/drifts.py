"""How well a level that moves little by little is told from changes at once, and from noise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, TypeAlias

import numpy as np
from numpy.random import Generator, default_rng

from buildtimetrend.trends.changes import analysed
from buildtimetrend.trends.drift import drift
from buildtimetrend.trends.floats import Floats
from evaluation.series import Series

BUILDS = 200
NOISE = (0.05, 0.1, 0.2)
RISES = (0.1, 0.2, 0.5)
SERIES = 100
Told: TypeAlias = Literal["drift", "changes", "nothing"]
Table: TypeAlias = dict[str, dict[str, float]]
KINDS: Sequence[Told] = ("drift", "changes", "nothing")
Factors: TypeAlias = Callable[[Generator, float], Floats]


def told(values: Floats) -> Told:
    """What one series by itself says; of a step all jobs are asked together."""
    found = analysed(values)
    drifts = drift(found) if found else None
    if found is None or (drifts is None and not found.changes):
        return "nothing"
    return "drift" if drifts and drifts.favour > 0 else "changes"


def of_drifts(seed: int) -> Table:
    """Of series that rise by so much from the first build to the last, by their noise."""
    return _shares(seed, RISES, lambda _, rise: (1 + rise) ** np.linspace(0, 1, BUILDS))


def of_changes(seed: int) -> Table:
    """Of series that rise by so much at once, somewhere."""

    def stepped(rng: Generator, rise: float) -> Floats:
        return np.where(np.arange(BUILDS) < rng.integers(20, BUILDS - 20), 1.0, 1.0 + rise)

    return _shares(seed, RISES, stepped)


def false_drifts(many: Iterable[Series]) -> float:
    """Per 1,000 builds of series in which nothing changed."""
    unchanged = [series.values for series in many if not series.shifts]
    return 1000 * sum(told(each) == "drift" for each in unchanged) / sum(map(len, unchanged))


def _shares(seed: int, rises: Iterable[float], of: Factors) -> Table:
    rng = default_rng(seed)
    table: Table = {}
    for rise in rises:
        for noise in NOISE:
            series = [of(rng, rise) * np.exp(noise * rng.normal(size=BUILDS)) for _ in range(SERIES)]
            said = [told(100 * each) for each in series]
            table[f"{rise:.0%}, noise {noise:.0%}"] = {kind: said.count(kind) / SERIES for kind in KINDS}
    return table
