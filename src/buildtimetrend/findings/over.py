"""Where what had moved went back: the thing itself, and not only the sum of two changes.

A machine that gets slower makes all of a job take longer. A step that took less before may then take as long
as it once did, and yet what made it take less is still there: from then on both of its levels are those of
the slower machine.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from buildtimetrend.findings.moves import Move

BACK = 0.35  # of what it moved by: nearer to the level before, it is over
ALIKE = 2.0  # times as much, or as little, by logarithms: else it is another change


def back(cause: Move, later: Iterable[Move], beside: Sequence[Move], *, of_all: bool) -> Move | None:
    """The first of the later moves, in the order of builds, that undoes the one that was a cause. `beside`
    are all moves of these builds; `of_all`: that one was of all of its job already.
    """
    scale = 1.0
    for move in later:
        if move.thing != cause.thing:
            continue
        if not of_all and is_of_all(move, beside):
            scale *= move.after / move.before
        elif is_back(cause, move, scale):
            return move
    return None


def is_back(cause: Move, move: Move, scale: float = 1.0) -> bool:
    """Whether a later move brings its thing to the level before, which by now is `scale` times as high."""
    return move.thing == cause.thing and abs(move.after - scale * cause.before) <= BACK * scale * abs(
        cause.seconds
    )


def is_of_all(move: Move, beside: Iterable[Move]) -> bool:
    """Whether the rest of a step's job moved along: by about as much, and one other step beyond chance."""
    by, near = move.by, _in_its_job(move, beside)
    steps = (other for other in near if other.thing.kind == "step")
    return _with_the_rest(move, near) and any(1 / ALIKE <= other.by / by <= ALIKE for other in steps)


def may_be_of_all(moves: Sequence[Move]) -> bool:
    """Whether more than one step moved in any of its jobs; `moves` are those of a finding."""
    steps = [move for move in moves if move.thing.kind == "step"]
    return any(
        _with_the_rest(move, near) or any(other.thing.kind == "step" for other in near)
        for move in steps
        for near in [_in_its_job(move, moves)]
    )


def _with_the_rest(move: Move, near: Iterable[Move]) -> bool:
    by = move.by
    job = next((other for other in near if other.thing.kind == "job"), None)
    rest = _by(job.before - move.before, job.after - move.after) if job else 0.0
    return bool(by and rest) and rest / by >= 1 / ALIKE


def _in_its_job(move: Move, beside: Iterable[Move]) -> list[Move]:
    """Other moves of a step's job at the same time."""
    of = move.thing
    return [
        other
        for other in beside
        if of.kind == "step" and other.thing.job == of.job and other.thing != of and _is_together(other, move)
    ]


def _is_together(other: Move, move: Move) -> bool:
    return other.first <= move.last and move.first <= other.last and not other.edge


def _by(before: float, after: float) -> float:
    """By what logarithm; 0 of what was not there, or is not any more."""
    return math.log(after / before) if before > 0 and after > 0 else 0.0
