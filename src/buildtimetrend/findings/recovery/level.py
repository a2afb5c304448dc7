"""Whether a thing is back at its level before: the thing itself, and not only the sum of two changes.

A machine that gets slower makes all of a job take longer. What took less before may then take as long as it
once did, and yet what made it take less is still there: from then on both of its levels are those of the
slower machine.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from buildtimetrend.findings.changes.moves import Move

BACK = 0.35  # of what it moved by: nearer to the level before, it is over
ALIKE = 2.0  # times as much, or as little, by logarithms: else it is another change
SMALL = 0.1  # of the whole: a rest, or another step, of less says nothing


def undone_by(cause: Move, later: Iterable[Move], all_moves: Sequence[Move], *, of_all: bool) -> Move | None:
    """The first of the later moves, in the order of builds, that undoes the one that was a cause. `all_moves`
    are those of these builds; `of_all`: that one was of all of its job, or its builds, already.
    """
    scale = 1.0
    for move in later:
        if move.thing != cause.thing:
            continue
        if not of_all and is_of_all(move, all_moves):
            scale *= move.after / move.before
        elif is_back(cause, move, scale):
            return move
    return None


def is_back(cause: Move, move: Move, scale: float = 1.0) -> bool:
    """Whether a later move brings its thing to the level before, which by now is `scale` times as high."""
    return move.thing == cause.thing and abs(move.after - scale * cause.before) <= BACK * scale * abs(
        cause.seconds
    )


def is_of_all(move: Move, all_moves: Iterable[Move]) -> bool:
    """Whether a machine may have moved it. Of a step: the rest of its job moved along, by about as much. Of a
    job: that holds for the step that moved most; of builds: for each of the jobs that moved.
    """
    kind, near = move.thing.kind, [other for other in all_moves if _is_together(other, move)]
    if kind == "wall":
        jobs = [other for other in near if other.thing.kind == "job"]
        return bool(jobs) and all(_is_alike(job, move) and is_of_all(job, near) for job in jobs)
    its = [other for other in near if other.thing.job == move.thing.job]
    steps = [other for other in its if other.thing.kind == "step"]
    job = next((other for other in its if other.thing.kind == "job"), None)
    step = max(steps, key=lambda one: abs(one.seconds), default=None) if kind == "job" else move
    return step is not None and step.thing.kind == "step" and _is_with_its_job(step, job, steps)


def may_be_of_all(moves: Sequence[Move]) -> bool:
    """Whether all of a job may have moved already; `moves` are those of a finding. Of a job that is not known
    to have moved, more than one step is enough.
    """
    jobs = {move.thing.job for move in moves if move.thing.kind == "job"}
    steps = [move.thing.job for move in moves if move.thing.kind == "step" and move.thing.job not in jobs]
    return len(set(steps)) < len(steps) or any(is_of_all(move, moves) for move in moves)


def _is_with_its_job(step: Move, job: Move | None, steps: Iterable[Move]) -> bool:
    """Where its job is not known to have moved, all other steps that did say so."""
    others = [other for other in steps if other.thing != step.thing and _is_large(other, step)]
    alike = [_is_alike(other, step) for other in others]
    if job is None:
        return bool(others) and all(alike)
    return _with_the_rest(step, job) and (any(alike) or not others)


def _with_the_rest(step: Move, job: Move) -> bool:
    before, after = job.before - step.before, job.after - step.after
    if before <= SMALL * job.before or after <= 0 or not step.by:
        return False
    return math.log(after / before) / step.by >= 1 / ALIKE


def _is_large(other: Move, step: Move) -> bool:
    return abs(other.seconds) >= SMALL * abs(step.seconds)


def _is_alike(other: Move, move: Move) -> bool:
    return bool(move.by) and 1 / ALIKE <= other.by / move.by <= ALIKE


def _is_together(other: Move, move: Move) -> bool:
    return other.first <= move.last and move.first <= other.last and not other.edge
