"""From which build on each finding of a pipeline is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from buildtimetrend.findings.changes.moves import Move
from buildtimetrend.findings.finding import Finding
from buildtimetrend.findings.recovery.level import may_be_of_all, undone_by


def with_recoveries(found: Sequence[Finding]) -> list[Finding]:
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
    undone = [undone_by(move, later, moves, of_all=of_all) for move in finding.cause.moves]
    by = sorted(later[move] for move in undone if move)
    half = (len(undone) + 1) // 2
    return by[half - 1] if len(by) >= half else None


def _is_of(later: Finding, earlier: Finding) -> bool:
    """Whether it is of nothing that the earlier one is not of."""
    things = {move.thing for move in earlier.cause.moves}
    return bool(later.cause.edge) and all(move.thing in things for move in later.cause.moves)
