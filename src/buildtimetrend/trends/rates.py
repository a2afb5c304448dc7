"""Where a share changed for good: of builds that pass, say. Each value is yes or no.

Values are heard one by one, as they came: a change is told once two shares explain those since the last
change so much better than one does that twice the logarithm of the ratio of their likelihoods reaches `TOLD`
(the generalised likelihood ratio test: Basseville and Nikiforov, Detection of Abrupt Changes, 1993). A broken
branch fails several times in a row, so two chains must explain them as much better, too, in which each value
hangs on the one before: how often a yes is followed by a no, and a no by a yes. What was told stays, also
when the share goes back, unless later values take half of its evidence away. `make eval` shows what `TOLD` is
worth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from math import log

from buildtimetrend.trends.floats import Counts, Floats, np

SIDE = 10  # values on each side of a change, at least
TOLD = 21.0
OF_PARTS = 20.0  # of each of several series that are heard beside their whole, and more for each of them
EVERY = 5  # values from one test to the next
KEPT = 0.5  # of that: with less evidence left, it was chance
LEAST = 0.05  # a smaller change of the share is none
TAIL = 0.025  # on each side of the range that holds the place with 95 %
WIDER = 1.2  # of few values the likelihood is narrower than it should be


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


def rate_changes(values: Sequence[bool], least: float = TOLD, known: Sequence[int] = ()) -> list[RateChange]:
    """In their order. Fewer than 20 values have none. `least` is the evidence that a change takes; of those
    that are `known`, which were told at about these places before, half of it is enough.
    """
    if len(values) < 2 * SIDE or all(values) or not any(values):
        return []
    of = _Chain(values)
    told = sorted({at for at in known if 0 < at < len(values)})
    heard = [_heard(of, start, end, least) for start, end in pairwise([0, *told, len(values)])]
    cuts = _borne_out(of, sorted([*told, *chain.from_iterable(heard)]), least)
    bounds = [0, *cuts, len(values)]
    return [_change(of, start, at, end) for start, at, end in zip(bounds, cuts, bounds[2:], strict=False)]


def told_then(values: Sequence[bool], least: float = TOLD) -> list[int]:
    """Where changes were told to be, each when it was, whatever came since."""
    return _heard(_Chain(values), 0, len(values), least)


def least_of_parts(parts: int) -> float:
    """The evidence that a change of one of so many series takes whose whole is heard, too: of jobs, say,
    beside their builds. All of them together tell no more by chance than one.
    """
    return OF_PARTS + 2 * log(max(1, parts))


@dataclass(frozen=True, slots=True)
class _Split:
    """The likeliest place of one change, and how much better it explains all than none; `most` is what a
    place too near an end would reach.
    """

    at: int
    gain: float
    most: float


class _Chain:
    """Of the values up to each: how many are yes; how many came after a yes, and were a no; how many were a
    yes after a no. The cost of values is twice the negative logarithm of how likely they are.
    """

    def __init__(self, values: Sequence[bool]) -> None:
        told = np.asarray(values, dtype=np.int64)
        before, after = told[:-1], told[1:]
        self.size = len(told)
        self.switches = np.flatnonzero(before != after) + 1
        self._yes = _sums(told)
        self._after_yes, self._lost, self._won = map(
            _sums, (before, before * (1 - after), (1 - before) * after)
        )
        counts = np.arange(self.size + 1, dtype=float)
        self._of_count = counts * np.log(np.maximum(counts, 1))

    def yes(self, start: int, end: int) -> int:
        return int(self._yes[end] - self._yes[start])

    def share(self, start: int, end: int) -> float:
        return self.yes(start, end) / (end - start)

    def gains(self, start: int, end: int, places: Counts) -> Floats:
        """How much better two chains explain the values, the second of which begins at each of the places; or
        two shares, if that is less.
        """
        inner = places - 1  # what the first value of the second chain is depends on the last of the first one
        left, right = self._costs(np.int64(start), inner), self._costs(inner, np.int64(end - 1))
        of_chains = self.cost(start, end) - left - right
        yes = self._yes[[start, end]]
        whole = self._cost(yes[1] - yes[0], np.int64(end - start))
        before = self._cost(self._yes[places] - yes[0], places - start)
        return np.minimum(of_chains, whole - before - self._cost(yes[1] - self._yes[places], end - places))

    def cost(self, start: int, end: int) -> float:
        """Of one chain."""
        return float(self._costs(np.int64(start), np.int64(end - 1)))

    def split(self, start: int, end: int) -> _Split:
        """Where values switch, unless an end is too near."""
        low, high = np.searchsorted(self.switches, [start + 1, end])
        places = np.concatenate([self.switches[low:high], [start + SIDE, end - SIDE]])
        gains = self.gains(start, end, places)
        inner = np.where((places >= start + SIDE) & (places <= end - SIDE), gains, -1.0)
        best = int(np.argmax(inner))
        return _Split(int(places[best]), float(inner[best]), float(gains.max()))

    def _costs(self, first: Counts | np.int64, last: Counts | np.int64) -> Floats:
        """Of what follows the first value, up to the last."""
        after_yes = self._after_yes[last] - self._after_yes[first]
        lost, won = self._lost[last] - self._lost[first], self._won[last] - self._won[first]
        return self._cost(lost, after_yes) + self._cost(won, last - first - after_yes)

    def _cost(self, yes: Counts | np.int64, values: Counts | np.int64) -> Floats:
        """Of so many of so many, at their own share."""
        of = self._of_count
        return np.asarray(2 * (of[values] - of[yes] - of[values - yes]))


def _sums(values: Counts) -> Counts:
    return np.concatenate([[0], np.cumsum(values)])


def _heard(of: _Chain, start: int, stop: int, least: float) -> list[int]:
    """Where the share of these values changed, as it was told then.

    What a value adds to the evidence for any place is at most what it adds to the cost of all, so a test that
    cannot reach `least` is not made.
    """
    cuts: list[int] = []
    cost = most = 0.0
    for end in range(start + 2 * SIDE, stop + 1):
        if end - start < 2 * SIDE or (end - start) % EVERY:
            continue
        now = of.cost(start, end)
        if most + now - cost < least:
            continue
        split = of.split(start, end)
        cost, most = now, split.most
        if split.gain >= least and _is_large(of, start, split.at, end):
            start, cost, most = split.at, 0.0, 0.0
            cuts.append(start)
    return cuts


def _is_large(of: _Chain, start: int, at: int, end: int) -> bool:
    return abs(of.share(at, end) - of.share(start, at)) >= LEAST


def _borne_out(of: _Chain, cuts: Sequence[int], least: float) -> list[int]:
    """The same by all that came since: each where it is most likely, between those beside it."""
    kept = [0]
    for following in [*cuts[1:], of.size] if cuts else []:
        start = kept[-1]
        if following - start < 2 * SIDE:
            continue
        split = of.split(start, following)
        if split.gain >= KEPT * least and _is_large(of, start, split.at, following):
            kept.append(split.at)
    return kept[1:]


def _change(of: _Chain, start: int, at: int, end: int) -> RateChange:
    """Of values from the change before, at `start`, to the one after."""
    first, last = _range(of, start, end)
    return RateChange(
        index=at,
        first=min(first, at),
        last=max(last, at),
        before=of.share(start, at),
        after=of.share(at, end),
        yes=of.yes(at, end),
        values=end - at,
    )


def _range(of: _Chain, start: int, end: int) -> tuple[int, int]:
    """By the likelihood of each place of the one change in it, with the chains on both sides of it."""
    places = np.arange(start + SIDE, end - SIDE + 1)
    gains = of.gains(start, end, places)
    weights = np.exp((gains - gains.max()) / (2 * WIDER))
    held = np.cumsum(weights) / weights.sum()
    first, last = np.searchsorted(held, [TAIL, 1 - TAIL])
    return int(places[first]), int(places[min(last, len(places) - 1)])
