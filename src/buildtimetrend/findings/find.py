"""The findings of a pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from buildtimetrend.findings.causes import Finding, explained, grouped
from buildtimetrend.findings.moves import moves
from buildtimetrend.findings.series import Measured, measured
from buildtimetrend.model import Query
from buildtimetrend.store.base import Store

BACK = 0.35  # of what it moved by: nearer to the level before, it is over


@dataclass(frozen=True, slots=True)
class Findings:
    """The newest first, with what they were found in."""

    found: tuple[Finding, ...]
    measured: Measured


def find(store: Store, query: Query) -> Findings:
    """In the last builds of the range that passed. One pipeline at a time: filter by it."""
    of = measured(store, query)
    found = [explained(group) for group in grouped(moves(of))]
    return Findings(tuple(reversed(_over(found))), of)


def _over(found: Sequence[Finding]) -> list[Finding]:
    """With where each was over: a later one brought what caused it back to about its level before."""
    told = []
    for number, finding in enumerate(found):
        cause = finding.cause.strongest
        back = (
            later.place
            for later in found[number + 1 :]
            for move in (*later.cause.moves, *later.others, *([later.wall] if later.wall else []))
            if move.thing == cause.thing and abs(move.after - cause.before) <= BACK * abs(cause.seconds)
        )
        told.append(replace(finding, over_since=next(back, None)))
    return told
