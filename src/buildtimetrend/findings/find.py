"""The findings of a pipeline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from buildtimetrend.findings.caches import with_caches
from buildtimetrend.findings.causes import Finding, explained, grouped
from buildtimetrend.findings.gradual import Drifted, drifted, with_gradual
from buildtimetrend.findings.moves import Move, appeared, is_notable, moved
from buildtimetrend.findings.over import back, may_be_of_all
from buildtimetrend.findings.replaced import without_replaced
from buildtimetrend.findings.series import Measured, chosen, measured
from buildtimetrend.model import Query
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads.branches import BranchClass
from buildtimetrend.store.reads.measured import EVERY_BRANCH
from buildtimetrend.trends.changes import analysed

SURE_ALONE = 0.95  # confidence of what builds take longer by, where nothing explains it


@dataclass(frozen=True, slots=True)
class Findings:
    """The newest first, with what they were found in."""

    found: tuple[Finding, ...]
    measured: Measured


def find(store: Store, query: Query, of: BranchClass = EVERY_BRANCH) -> Findings:
    """In the last builds of the range that passed. One pipeline at a time: filter by it."""
    return found_in(measured(chosen(store, query, of)))


def found_in(of: Measured) -> Findings:
    """All that is to be found in these builds."""
    moves, drifts = [], []
    for thing, values in of.values.items():
        analysis = analysed(values.seconds, of.stamps(values))
        changes = moved(thing, values, analysis.changes) if analysis else []
        moves.append(changes + appeared(thing, of))
        drifts += drifted(thing, values, analysis)
    return findings_of(of, moves, drifts)


def findings_of(of: Measured, moves: Iterable[Sequence[Move]], drifts: Iterable[Drifted] = ()) -> Findings:
    """Of the changes of each series, and of what may have drifted instead."""
    told = without_replaced(filter(is_notable, with_gradual(moves, drifts)))
    found = with_caches([explained(group) for group in grouped(told)])
    return Findings(tuple(reversed([one for one in _over(found) if _is_sure(one)])), of)


def _is_sure(finding: Finding) -> bool:
    """What builds take longer by, their waits or jobs do: where none of these moved, it may be chance."""
    cause = finding.cause
    return cause.what != "wall" or cause.gradual or cause.strongest.confidence >= SURE_ALONE


def _over(found: Sequence[Finding]) -> list[Finding]:
    """With where each was over. What is gone again, or back again, says so there and is none of its own."""
    told, again = [], set[int]()
    moves = [move for one in found for move in one.moves]
    for number, finding in enumerate(found):
        undone = _undone(finding, number, found, moves)
        if undone is not None and finding.cause.edge and _is_of(found[undone], finding):
            again.add(undone)
        if number not in again:
            told.append(replace(finding, over_since=None if undone is None else found[undone].place))
    return told


def _undone(finding: Finding, number: int, found: Sequence[Finding], moves: Sequence[Move]) -> int | None:
    """The number of the later finding by which half of what caused this one, or more, is back at about its
    level before.
    """
    later = {move: at for at, one in enumerate(found[number + 1 :], number + 1) for move in one.moves}
    of_all = may_be_of_all(finding.moves)
    undone = [back(move, later, moves, of_all=of_all) for move in finding.cause.moves]
    by = sorted(later[move] for move in undone if move)
    half = (len(undone) + 1) // 2
    return by[half - 1] if len(by) >= half else None


def _is_of(later: Finding, earlier: Finding) -> bool:
    """Whether it is of nothing that the earlier one is not of."""
    things = {move.thing for move in earlier.cause.moves}
    return bool(later.cause.edge) and all(move.thing in things for move in later.cause.moves)
