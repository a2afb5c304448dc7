"""The findings of a pipeline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from buildtimetrend.findings.causes import Finding, explained, grouped
from buildtimetrend.findings.moves import Move, moved, notable
from buildtimetrend.findings.series import Measured, chosen, measured
from buildtimetrend.model import Query
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads.branches import BranchClass
from buildtimetrend.store.reads.measured import EVERY_BRANCH
from buildtimetrend.trends import change_points

BACK = 0.35  # of what it moved by: nearer to the level before, it is over


@dataclass(frozen=True, slots=True)
class Findings:
    """The newest first, with what they were found in."""

    found: tuple[Finding, ...]
    measured: Measured


def find(store: Store, query: Query, of: BranchClass = EVERY_BRANCH) -> Findings:
    """In the last builds of the range that passed. One pipeline at a time: filter by it."""
    found = measured(chosen(store, query, of))
    return findings_of(
        found,
        [
            moved(thing, values, change_points(values.seconds, found.stamps(values)))
            for thing, values in found.values.items()
        ],
    )


def findings_of(of: Measured, moves: Iterable[list[Move]]) -> Findings:
    """Of the changes of each series."""
    told = [move for each in moves for move in notable(each)]
    return Findings(tuple(reversed(_over([explained(group) for group in grouped(told)]))), of)


def is_back(cause: Move, move: Move) -> bool:
    """Whether a later move undoes the one that was a cause."""
    return move.thing == cause.thing and abs(move.after - cause.before) <= BACK * abs(cause.seconds)


def _over(found: Sequence[Finding]) -> list[Finding]:
    """With where each was over: a later one brought what caused it back to about its level before."""
    told = []
    for number, finding in enumerate(found):
        cause = finding.cause.strongest
        back = (later.place for later in found[number + 1 :] for move in later.moves if is_back(cause, move))
        told.append(replace(finding, over_since=next(back, None)))
    return told
