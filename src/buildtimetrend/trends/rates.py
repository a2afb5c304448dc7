"""Where a share changed for good: of builds that pass, say. Each value is yes or no.

Values are heard one by one, as they came: a change is told once two shares explain those since the last
change so much better than one does that twice the logarithm of the ratio of their likelihoods reaches `TOLD`
(the generalised likelihood ratio test: Basseville and Nikiforov, Detection of Abrupt Changes, 1993). What was
told stays, also when the share goes back, unless later values take half of its evidence away. A broken branch
fails several times in a row: values that depend on those before say less than they seem to, by
(1 + r) / (1 - r), where r is how far each goes by the one before. `make eval` shows what `TOLD` is worth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from buildtimetrend.trends.floats import Floats

SIDE = 10  # values on each side of a change, at least
TOLD = 20.0
EVERY = 5  # values from one test to the next
KEPT = 0.5  # of that: with less evidence left, it was chance
LEAST = 0.05  # a smaller change of the share is none
MOST_DEPENDENT = 0.8
TAIL = 0.025  # on each side of the range that holds the place with 95 %
WIDER = 1.2  # of few values the likelihood is narrower than it should be: it held 0.88 of the places


@dataclass(frozen=True, slots=True)
class RateChange:
    """`index` is that of the first value after it, most likely; `first` and `last` hold that with 95 %.
    Shares are from 0 to 1; after it `yes` of `values`, up to the next change, are so.
    """

    index: int
    first: int
    last: int
    before: float
    after: float
    yes: int
    values: int


def rate_changes(values: Sequence[bool]) -> list[RateChange]:
    """In their order. Fewer than 20 values have none."""
    told = np.asarray(values, dtype=float)
    cuts = _borne_out(told, _heard(told))
    bounds = [0, *cuts, len(told)]
    found = [
        _change(told[start:end], at - start, start)
        for start, at, end in zip(bounds, cuts, bounds[2:], strict=False)
    ]
    return [change for change in found if abs(change.after - change.before) >= LEAST]


def _heard(told: Floats) -> list[int]:
    """Where the share changed, as it was told then."""
    cuts: list[int] = []
    start = 0
    for end in range(2 * SIDE, len(told) + 1):
        if end - start < 2 * SIDE or (end - start) % EVERY:
            continue
        since = told[start:end]
        at, gain = _split(since)
        if gain >= TOLD and gain >= TOLD * _dependence(since, at):
            start += at
            cuts.append(start)
    return cuts


def _borne_out(told: Floats, cuts: Sequence[int]) -> list[int]:
    """The same by all that came since: each where it is most likely, between those beside it."""
    kept = [0]
    for following in [*cuts[1:], len(told)] if cuts else []:
        since = told[kept[-1] : following]
        at, gain = _split(since) if len(since) >= 2 * SIDE else (0, 0.0)
        if gain >= KEPT * TOLD * _dependence(since, at):
            kept.append(kept[-1] + at)
    return kept[1:]


def _split(told: Floats) -> tuple[int, float]:
    """The likeliest place of one change, and how much better two shares explain all. It is where the values
    switch, unless an end is too near.
    """
    length = len(told)
    switches = np.flatnonzero(told[1:] != told[:-1]) + 1
    inner = switches[(switches > SIDE) & (switches < length - SIDE)]
    places = np.concatenate([[SIDE], inner, [length - SIDE]])
    sums = np.cumsum(told)
    yes, values = sums[places - 1], places.astype(float)
    whole = _cost(sums[-1:], np.array([float(length)]))[0]
    gains = whole - _cost(yes, values) - _cost(sums[-1] - yes, length - values)
    best = int(np.argmax(gains))
    return int(places[best]), float(gains[best])


def _cost(yes: Floats, values: Floats) -> Floats:
    """Twice the negative log-likelihood of so many of so many, at their own share."""
    no = values - yes
    with np.errstate(divide="ignore", invalid="ignore"):
        likely = np.where(yes > 0, yes * np.log(yes / values), 0.0)
        likely += np.where(no > 0, no * np.log(no / values), 0.0)
    return np.asarray(-2 * likely)


def _dependence(told: Floats, at: int) -> float:
    """How many values are worth one that depends on none before, where the share changes there."""
    left = np.concatenate([told[:at] - told[:at].mean(), told[at:] - told[at:].mean()]) if at else told
    power = float((left**2).mean())
    if not power:
        return 1.0
    r = min(MOST_DEPENDENT, max(0.0, float((left[1:] * left[:-1]).mean()) / power))
    return (1 + r) / (1 - r)


def _change(told: Floats, at: int, start: int) -> RateChange:
    """Of values from the change before to the one after, which begin at `start` of all."""
    first, last = _range(told, _dependence(told, at))
    return RateChange(
        index=start + at,
        first=start + min(first, at),
        last=start + max(last, at),
        before=float(told[:at].mean()),
        after=float(told[at:].mean()),
        yes=int(told[at:].sum()),
        values=len(told) - at,
    )


def _range(told: Floats, factor: float) -> tuple[int, int]:
    """By the likelihood of each place of the one change in it, with the shares on both sides of it."""
    length = len(told)
    places = np.arange(SIDE, length - SIDE + 1)
    yes, values = np.cumsum(told)[places - 1], places.astype(float)
    costs = _cost(yes, values) + _cost(told.sum() - yes, length - values)
    weights = np.exp(-(costs - costs.min()) / (2 * WIDER * factor))
    held = np.cumsum(weights) / weights.sum()
    first, last = np.searchsorted(held, [TAIL, 1 - TAIL])
    return int(places[first]), int(places[min(last, len(places) - 1)])
