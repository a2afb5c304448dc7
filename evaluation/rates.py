"""How well a change of how often builds pass is found: on seeded yes and no, which may follow each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator, default_rng

from buildtimetrend.trends.rates import TOLD, RateChange, least_of_parts, rate_changes, told_then

BUILDS = 400
EVERY = 10  # builds from one look to the next
SHARES = (0.5, 0.7, 0.85, 0.95, 0.99)
DEPENDENT = (0.0, 0.2, 0.4, 0.6)
SHIFTS = ((0.95, 0.6), (0.85, 0.5), (0.95, 0.8), (0.89, 0.71))
OF_JOB = (0.98, 0.8)  # one of `JOBS`: builds go from 0.89 to 0.72
JOBS = 6
NEAR = 30  # builds, within which a change that is told is the true one
AT = 150


@dataclass(frozen=True)
class Series:
    """Values of builds or a job, and the evidence that a change of them takes."""

    values: Sequence[bool]
    least: float = TOLD

    def changes(self, end: int) -> list[RateChange]:
        return rate_changes(self.values[:end], self.least)


def drawn(rng: Generator, builds: int, share: float, dependent: float) -> list[bool]:
    """Each is as the one before with that probability, else drawn anew."""
    values = rng.random(builds) < share
    again = rng.random(builds) < dependent
    for place in np.flatnonzero(again[1:]) + 1:
        values[place] = values[place - 1]
    return [bool(value) for value in values]


def unchanged(seed: int, series: int = 400) -> dict[str, dict[str, float]]:
    """Changes per 1,000 builds that are told of pipelines in which nothing changed, each once, while they
    grow: of builds alone, and of builds and six jobs, whose failures are their own, or half of them
    those of all at once.
    """
    return {f"dependent {dependent}": _unchanged(seed, series, dependent) for dependent in DEPENDENT}


def _unchanged(seed: int, series: int, dependent: float) -> dict[str, float]:
    rng = default_rng([seed, int(10 * dependent)])
    told = {"builds alone": 0, "and 6 jobs": 0, "often at once": 0}
    for number in range(series):
        share = SHARES[number % len(SHARES)]
        told["builds alone"] += _alarms([Series(drawn(rng, BUILDS, share, dependent))])
        told["and 6 jobs"] += _alarms(_pipeline(rng, share, dependent, in_common=0.0))
        told["often at once"] += _alarms(_pipeline(rng, share, dependent, in_common=0.5))
    return {name: 1000 * alarms / (BUILDS * series) for name, alarms in told.items()}


def _pipeline(rng: Generator, share: float, dependent: float, *, in_common: float) -> list[Series]:
    together = drawn(rng, BUILDS, share**in_common, dependent)
    own = share ** ((1 - in_common) / JOBS)
    jobs = [
        [each and all_ for each, all_ in zip(drawn(rng, BUILDS, own, dependent), together, strict=True)]
        for _ in range(JOBS)
    ]
    return _of_jobs(jobs)


def _of_jobs(jobs: Sequence[Sequence[bool]]) -> list[Series]:
    """Their builds, and they."""
    builds = Series([all(of_build) for of_build in zip(*jobs, strict=True)])
    return [builds, *(Series(job, least_of_parts(len(jobs))) for job in jobs)]


def _alarms(pipeline: Sequence[Series]) -> int:
    seen: list[int] = []
    for index in sorted({at for series in pipeline for at in told_then(series.values, series.least)}):
        if all(abs(index - other) > NEAR for other in seen):
            seen.append(index)
    return len(seen)


def shifted(seed: int, series: int = 60) -> dict[str, dict[str, float]]:
    """Of a change after 150 builds: in how many of the pipelines it is told within 150 more, after how many
    builds in the median of those, and how often the range holds it.
    """
    found = {}
    for before, after in SHIFTS:
        rng = default_rng([seed, int(100 * before), int(100 * after)])
        pipelines = [[Series(_both(rng, before, after))] for _ in range(series)]
        found[f"{before:.0%} to {after:.0%}"] = _found(pipelines)
    rng = default_rng([seed, JOBS])
    jobs = [[_both(rng, OF_JOB[0], OF_JOB[place == 0]) for place in range(JOBS)] for _ in range(series)]
    found["one of six jobs, 98 % to 80 %"] = _found([_of_jobs(each) for each in jobs])
    found["of those builds alone"] = _found([_of_jobs(each)[:1] for each in jobs])
    return found


def _both(rng: Generator, before: float, after: float) -> list[bool]:
    return drawn(rng, AT, before, 0.1) + drawn(rng, AT, after, 0.1)


def _found(pipelines: Sequence[Sequence[Series]]) -> dict[str, float]:
    delays, held = [], []
    for pipeline in pipelines:
        for end in range(AT + EVERY, 2 * AT + 1, EVERY):
            told = [change for series in pipeline for change in series.changes(end)]
            near = [each for each in told if abs(each.index - AT) <= NEAR]
            if near:
                delays.append(end - AT)
                held.append(near[0].first <= AT <= near[0].last)
                break
    return {
        "found": len(delays) / len(pipelines),
        "builds until told": float(np.median(delays)) if delays else float("nan"),
        "in range": float(np.mean(held)) if held else float("nan"),
    }
