"""How fast a budget is used up: burn rates over long and short windows.

By the Site Reliability Workbook (O'Reilly 2018, chapter 5): a burn rate of 1 uses up in the period just what
is allowed in it. A budget burns when both a long window and a short one burn so fast: the long one says that
it matters, the short one that it still goes on. CI has few builds where that book has many requests: a window
reaches back until it has `LEAST` builds, and the builds of the long one must be beyond chance as well.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp, lgamma, log, log1p

PERIOD = timedelta(days=28)
PRECISION = 1e-15  # of floats: smaller parts of a sum are lost in it
LEAST, LEAST_SHORT = 10, 4  # builds of a window
ENOUGH = 0.9  # of the builds of a window: where 7 times as many as allowed would be more
CHANCE = 0.01  # that so many are beyond the budget though no more than allowed would be


@dataclass(frozen=True, slots=True)
class Pace:
    """Burning `rate` times as fast as allowed over both windows uses up rate · long / 28 days of it."""

    long: timedelta
    short: timedelta
    rate: float

    def tells_at(self, allowed: float) -> float:
        """The burn rate from which on it tells: no more than nine of ten builds need be beyond the budget."""
        return min(self.rate, ENOUGH / allowed)


# They use up a quarter to a third of the budget.
PACES = (
    Pace(timedelta(days=1), timedelta(hours=2), 7.0),
    Pace(timedelta(days=3), timedelta(hours=6), 3.0),
    Pace(timedelta(days=7), timedelta(days=1), 1.5),
)


@dataclass(frozen=True, slots=True)
class Window:
    builds: int
    beyond: int

    def rate(self, allowed: float) -> float:
        return self.beyond / self.builds / allowed if self.builds else 0.0


@dataclass(frozen=True, slots=True)
class Burning:
    """A time in which a budget burnt. `first` is the place of the first build beyond it in the window that
    told, `over` that of the build from which on it does no more. `window` is the long one, as it was then or
    is now, and `pace` what it burnt by.
    """

    first: int
    over: int | None
    pace: Pace
    window: Window


def burning(ended: Sequence[datetime], beyond: Sequence[bool], allowed: float) -> list[Burning]:
    """In order. Builds are in the order of their ends; `beyond` says which of them are beyond the budget."""
    sums = [0]
    for each in beyond:
        sums.append(sums[-1] + each)
    found: list[Burning] = []
    first: int | None = None
    now: tuple[Pace, Window] | None = None
    for place in range(len(ended)):
        still = _pace(ended, sums, place, allowed)
        if still and first is None:
            start = _start(ended, place, still[0].long, LEAST)
            first = next(at for at in range(start, place + 1) if beyond[at])
        elif first is not None and now and not still and _is_quiet(ended, sums, place, now[0], allowed):
            found.append(Burning(first, place, *now))
            first = None
        now = still or now
    return [*found, Burning(first, None, *now)] if first is not None and now else found


def windows(ended: Sequence[datetime], beyond: Sequence[bool], at: Pace) -> tuple[Window, Window]:
    """The long and the short one that end with the last build."""
    sums = [0]
    for each in beyond:
        sums.append(sums[-1] + each)
    last = len(ended) - 1
    return _window(ended, sums, last, at.long, LEAST), _window(ended, sums, last, at.short, LEAST_SHORT)


def _pace(
    ended: Sequence[datetime], sums: Sequence[int], place: int, allowed: float
) -> tuple[Pace, Window] | None:
    """The fastest by which it burns at that build."""
    for pace in PACES:
        long = _window(ended, sums, place, pace.long, LEAST)
        if long.builds < LEAST or long.rate(allowed) < pace.tells_at(allowed):
            continue
        short = _window(ended, sums, place, pace.short, LEAST_SHORT)
        if short.rate(allowed) >= pace.tells_at(allowed) and by_chance(long, allowed) <= CHANCE:
            return pace, long
    return None


def _is_quiet(ended: Sequence[datetime], sums: Sequence[int], place: int, pace: Pace, allowed: float) -> bool:
    """Whether the short window keeps the budget: what burnt is over then, and not at the first build less."""
    return _window(ended, sums, place, pace.short, LEAST_SHORT).rate(allowed) < 1


def _window(
    ended: Sequence[datetime], sums: Sequence[int], place: int, long: timedelta, least: int
) -> Window:
    start = _start(ended, place, long, least)
    return Window(place + 1 - start, sums[place + 1] - sums[start])


def _start(ended: Sequence[datetime], place: int, long: timedelta, least: int) -> int:
    return max(0, min(bisect_left(ended, ended[place] - long, 0, place + 1), place + 1 - least))


def by_chance(window: Window, allowed: float) -> float:
    """How likely so many or more are beyond it where `allowed` are: of a binomial distribution."""
    n, beyond = window.builds, window.beyond
    if beyond > n * allowed:
        return _tail(n, beyond, allowed)
    return 1 - _tail(n, n - beyond + 1, 1 - allowed)  # that more than so many are within it


def _tail(n: int, least: int, p: float) -> float:
    """That it is `least` or more of `n`, which are more than `n * p`: each term is less than the one before.
    The first is made of logarithms, as the parts of it are beyond floats from 1030 builds on.
    """
    if least > n:
        return 0.0
    ways = lgamma(n + 1) - lgamma(least + 1) - lgamma(n - least + 1)
    term = exp(ways + least * log(p) + (n - least) * log1p(-p))
    found = 0.0
    for k in range(least, n + 1):
        found += term
        term *= (n - k) / (k + 1) * p / (1 - p)
        if term <= found * PRECISION:
            break
    return min(1.0, found)
