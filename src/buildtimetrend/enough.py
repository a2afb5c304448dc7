"""How many runs it takes to compare: one rule for figures, steps, comparisons and builds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

# Least number of values on each side of a difference: 9 runs before and 50 now are not compared. Of passed
# builds before a build as well: after 9 of them it has no usual time yet.
SIDE = 10
# s: what takes less, or differs by less, is neither compared nor coloured.
LEAST = 1.0
# Percent of what it was: a smaller change is not worth a colour.
NOTABLE = 5.0

Verdict: TypeAlias = Literal[
    "slower", "faster", "same", "may be chance", "too few", "under 1 s", "not compared", "unknown"
]


@dataclass(frozen=True, slots=True)
class Change:
    """How much more it is, in percent, and what that means; there is no percentage of what is not compared.

    `too few`: less than `SIDE` on a side. `under 1 s`: both are. `not compared`: it did not
    pass. `unknown`: there is nothing to compare.
    """

    percent: float | None
    verdict: Verdict


def change(now: float | None, before: float | None, *counts: int, margin: float | None = None) -> Change:
    """Of two durations (s). `counts` are of what they are made from, on both sides; within `margin` (s) the
    difference may be chance.
    """
    if now is None:
        return Change(None, "unknown")
    if max(now, before or 0.0) < LEAST:
        return Change(None, "under 1 s")
    if before is None or min(counts, default=SIDE) < SIDE:
        return Change(None, "too few")
    percent = 100.0 * (now / before - 1) if before else None
    if margin is not None and abs(now - before) <= margin:
        return Change(percent, "may be chance")
    if not notable(now - before, before):
        return Change(percent, "same")
    return Change(percent, "slower" if now > before else "faster")


def notable(difference: float, before: float | None) -> bool:
    """Whether a difference (s) from what it was is worth a colour."""
    return abs(difference) >= LEAST and 100 * abs(difference) >= NOTABLE * (before or 0)
