"""Which of the moves that belong together explains the others: the deepest that accounts for most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from buildtimetrend.findings.causes.groups import MOST_OF_IT
from buildtimetrend.findings.changes.moves import Move
from buildtimetrend.findings.finding import Cause, Finding, What


def explained(moves: Sequence[Move]) -> Finding:
    """The deepest of them that accounts for most: a step of what jobs take longer, else jobs or waiting of
    what builds do. Where none does, builds as a whole.
    """
    of: defaultdict[str, list[Move]] = defaultdict(list)
    steps: defaultdict[str, list[Move]] = defaultdict(list)
    for move in moves:
        of[move.thing.kind].append(move)
        if move.thing.kind == "step":
            steps[move.thing.step].append(move)
    wall, jobs = next(iter(of["wall"]), None), Cause("job", tuple(m for m in of["job"] if not m.edge))
    edges = Cause("job", tuple(move for move in of["job"] if move.edge))
    waiting = Cause("waiting", tuple(of["waiting"]))
    step = max((Cause("step", tuple(each)) for each in steps.values()), key=_whole, default=None)
    enough = MOST_OF_IT * abs(wall.seconds) if wall else 0.0
    cause: Cause | None = None
    of_jobs = MOST_OF_IT * _whole(jobs) if jobs.moves else enough
    if step and _whole(step) >= of_jobs and _largest(step) >= _largest(waiting):
        cause = step
    elif jobs.moves and _largest(jobs) >= max(enough, _largest(waiting)):
        cause = jobs
    elif waiting.moves and _largest(waiting) >= enough:
        cause = waiting
    elif edges.moves:
        cause = edges
    cause = _named(cause or (Cause("wall", (wall,)) if wall else step or jobs))
    others = tuple(move for move in moves if move not in cause.moves and move is not wall)
    if cause.gradual:
        first = min(cause.moves, key=lambda move: move.place)
        return Finding(cause, first.place, first.first, max(move.last for move in cause.moves), wall, others)
    surest = min(moves, key=lambda move: (move.last - move.first, -move.confidence))
    return Finding(cause, surest.place, surest.first, surest.last, wall, others)


def _named(cause: Cause) -> Cause:
    """With what is new, or gone, called so."""
    named: Mapping[tuple[str, bool], What] = {
        ("step", False): "new_step", ("step", True): "gone_step",
        ("job", False): "new_job", ("job", True): "gone_job",
    }  # fmt: skip
    return replace(cause, what=named[cause.what, cause.edge == "gone"]) if cause.edge else cause


def _largest(cause: Cause) -> float:
    return max((abs(move.seconds) for move in cause.moves), default=0.0)


def _whole(cause: Cause) -> float:
    return sum(abs(move.seconds) for move in cause.moves)
