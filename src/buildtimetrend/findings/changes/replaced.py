"""Steps that took the place of others, as a command with another option does: one is new, one is gone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from buildtimetrend.findings.changes.moves import Move

LEAST_OF_IT, MOST_OF_IT = 0.5, 1.25  # of what is left, all taken together


def without_replaced(moves: Iterable[Move]) -> list[Move]:
    """What is new in a job, or gone, together with its opposite says nothing by itself: only what it comes
    to, which the job tells. One that is about that stays, if there is one. Of jobs in a build the same.
    """
    told = list(moves)
    of_each = defaultdict[tuple[str, str], list[Move]](list)
    for move in told:
        if move.edge:
            of_each[move.thing.kind, move.thing.job if move.thing.step else ""].append(move)
    dropped = {id(move) for edges in of_each.values() for move in edges if _is_replaced(move, edges)}
    return [move for move in told if id(move) not in dropped]


def _is_replaced(move: Move, edges: Sequence[Move]) -> bool:
    together = [other for other in edges if other.first <= move.last and move.first <= other.last]
    if len({other.seconds > 0 for other in together}) == 1:
        return False
    left = sum(other.seconds for other in together)
    return not left or not LEAST_OF_IT <= move.seconds / left <= MOST_OF_IT
