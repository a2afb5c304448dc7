"""The findings of a pipeline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from buildtimetrend.findings.caches import with_caches
from buildtimetrend.findings.causes import Finding, explained, grouped
from buildtimetrend.findings.moves import Move, appeared, moved, notable
from buildtimetrend.findings.replaced import without_replaced
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
    levels = {
        thing: moved(thing, values, change_points(values.seconds, found.stamps(values)))
        for thing, values in found.values.items()
    }
    return findings_of(found, [each + appeared(thing, found) for thing, each in levels.items()])


def findings_of(of: Measured, moves: Iterable[list[Move]]) -> Findings:
    """Of the changes of each series."""
    told = without_replaced([move for each in moves for move in notable(each)])
    found = with_caches([explained(group) for group in grouped(told)])
    return Findings(tuple(reversed(_over(found))), of)


def is_back(cause: Move, move: Move) -> bool:
    """Whether a later move undoes the one that was a cause."""
    return move.thing == cause.thing and abs(move.after - cause.before) <= BACK * abs(cause.seconds)


def _over(found: Sequence[Finding]) -> list[Finding]:
    """With where each was over: a later one brought what caused it back to about its level before. What is
    gone again, or back again, says so there and is none of its own.
    """
    told, again = [], set[int]()
    for number, finding in enumerate(found):
        cause = finding.cause.strongest
        later = [(at, move) for at, one in enumerate(found[number + 1 :], number + 1) for move in one.moves]
        back = next(((at, move.place) for at, move in later if is_back(cause, move)), None)
        if back and finding.cause.edge and _is_of(found[back[0]], finding):
            again.add(back[0])
        if number not in again:
            told.append(replace(finding, over_since=back and back[1]))
    return told


def _is_of(later: Finding, earlier: Finding) -> bool:
    """Whether it is of nothing that the earlier one is not of."""
    things = {move.thing for move in earlier.cause.moves}
    return bool(later.cause.edge) and all(move.thing in things for move in later.cause.moves)
