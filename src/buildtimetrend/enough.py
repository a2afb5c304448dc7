"""How many runs it takes to compare: one rule for figures, steps, comparisons and builds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any, Literal, TypeAlias

# Least number of values on each side of a difference: 9 runs before and 50 now are not compared. Of passed
# builds before a build as well: after 9 of them it has no usual time yet.
SIDE = 10
# s: what takes less, or differs by less, is neither compared nor coloured.
LEAST = 1.0
# Percent of what it was: a smaller change is not worth a colour.
NOTABLE = 5.0

# 1.96 deviations of a median, which are 1.253 of a mean; the quartiles of normal values are 1.349 apart.
OF_QUARTILES = 1.96 * 1.253 / 1.349

Verdict: TypeAlias = Literal[
    "slower", "faster", "same", "may be chance", "too few", "under 1 s", "not compared", "unknown"
]

# Of a side of a difference its `median` and quartiles `low` and `high` (s), and of how many builds they are.
Side: TypeAlias = tuple[Mapping[str, Any], int]


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


def change_of_medians(now: Side, before: Side) -> Change:
    """Of two medians that are of builds, or of their jobs."""
    counts = now[1], before[1]
    margin = margin_of_medians(now, before)
    return change(now[0].get("median"), before[0].get("median"), *counts, margin=margin)


def margin_of_medians(*sides: Side) -> float | None:
    """s that the difference of two medians may be off by, by chance, with 95 %; None where one is not known.

    Of jobs by how many builds they are of: those of one build were slow together.
    """
    if any(not builds or side.get("low") is None or side.get("high") is None for side, builds in sides):
        return None
    return OF_QUARTILES * sqrt(sum((side["high"] - side["low"]) ** 2 / builds for side, builds in sides))


def notable(difference: float, before: float | None) -> bool:
    """Whether a difference (s) from what it was is worth a colour."""
    return abs(difference) >= LEAST and 100 * abs(difference) >= NOTABLE * (before or 0)
