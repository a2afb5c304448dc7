"""Moves that belong together, and which of them explains the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args

from buildtimetrend.findings.moves import Edge, Move

What: TypeAlias = Literal["step", "waiting", "job", "wall", "new_step", "gone_step", "new_job", "gone_job"]
# What a finding may be of whose `before` and `after` are seconds; of others they are shares, or nothing.
IN_SECONDS: tuple[str, ...] = get_args(What)

FEW = 3  # builds from each other
MUCH_LESS = 0.5  # of the other
FEW_OF_LITTLE, LITTLE = 10, 0.1  # builds, of what is so little of the other: its own range misses by more
MOST_OF_IT = 0.5  # a cause accounts for this share or more
ALIKE = 2.0  # times as much, or as little: a step that moved otherwise in another job did so by itself


@dataclass(frozen=True, slots=True)
class Cause:
    """`moves` are of the same thing, in each job. Of none that explains enough, `what` is `wall`."""

    what: What
    moves: tuple[Move, ...]

    @property
    def step(self) -> str:
        return self.moves[0].thing.step

    @property
    def jobs(self) -> tuple[str, ...]:
        return tuple(sorted({move.thing.job for move in self.moves}))

    @property
    def before(self) -> float:
        """s, the mean over the jobs."""
        return sum(move.before for move in self.moves) / len(self.moves)

    @property
    def after(self) -> float:
        return sum(move.after for move in self.moves) / len(self.moves)

    @property
    def seconds(self) -> float:
        """How much longer it takes, in each job."""
        return self.after - self.before

    @property
    def edge(self) -> Edge:
        """Whether it is new, or gone, wherever it moved."""
        edges = {move.edge for move in self.moves}
        return edges.pop() if len(edges) == 1 else "" if "" in edges or "gone" in edges else "new"

    @property
    def gradual(self) -> bool:
        return any(move.gradual for move in self.moves)

    @property
    def strongest(self) -> Move:
        return max(self.moves, key=lambda move: (move.confidence, -abs(move.last - move.first)))


@dataclass(frozen=True, slots=True)
class Finding:
    """`place`, `first` and `last` are of builds, as those of a `Move`. `wall` is the move of wall
    time, where that is beyond chance. `over_since` is the place of the build from which on it is as before.
    """

    cause: Cause
    place: int
    first: int
    last: int
    wall: Move | None
    others: tuple[Move, ...]  # that moved as well
    cache: bool = False  # by which a cache is no longer found, or is again
    over_since: int | None = None

    @property
    def moves(self) -> tuple[Move, ...]:
        """All that belong to it."""
        return (*self.cause.moves, *self.others, *([self.wall] if self.wall else []))


def grouped(moves: Iterable[Move]) -> list[list[Move]]:
    """Those that may be of one build and go the same way. The surest is asked first, a vague one joins it."""
    groups: list[_Group] = []
    for move in sorted(moves, key=lambda move: (move.last - move.first, move.first)):
        fitting = [group for group in groups if group.takes(move)]
        if fitting:
            min(fitting, key=lambda group: abs(group.moves[0].place - move.place)).add(move)
        else:
            groups.append(_Group([move], move.first, move.last))
    return [group.moves for group in sorted(_joined(groups), key=lambda group: group.moves[0].place)]


def _joined(groups: Iterable[_Group]) -> list[_Group]:
    """What is much less than another in one of its jobs, a few builds from it, is of that: ranges miss the
    place in one case of twenty, by the more the less it is. So is the same step in other jobs, and what
    builds or jobs take longer by, if the other explains most of it.
    """
    largest_first = sorted(groups, key=lambda group: -group.largest)
    steps = _with_near(largest_first, lambda group, other: group.has_step_of(other))
    parts = _with_near(steps, lambda group, other: group.has_beside(other))
    causes_first = sorted(parts, key=lambda group: group.is_a_whole)
    return _with_near(causes_first, lambda group, other: group.explains(other))


def _with_near(groups: Iterable[_Group], takes: Callable[[_Group, _Group], bool]) -> list[_Group]:
    """Each is added to the nearest of those before it that take it, if there are any."""
    kept: list[_Group] = []
    for group in groups:
        near = [other for other in kept if takes(other, group)]
        if near:
            min(near, key=lambda other: other.distance(group)).moves += group.moves
        else:
            kept.append(group)
    return kept


@dataclass(slots=True)
class _Group:
    moves: list[Move]
    first: int
    last: int

    def takes(self, move: Move) -> bool:
        together = move.first <= self.last and self.first <= move.last
        alike = move.gradual == self.gradual and (move.seconds > 0) == (self.moves[0].seconds > 0)
        return together and alike

    @property
    def gradual(self) -> bool:
        """What comes little by little lasts: much happens meanwhile that is not of it."""
        return self.moves[0].gradual

    @property
    def largest(self) -> float:
        return max(abs(move.seconds) for move in self.moves)

    def distance(self, other: _Group) -> int:
        return max(other.first - self.last, self.first - other.last, 0)

    def has_beside(self, other: _Group) -> bool:
        if self.gradual != other.gradual:
            return False
        jobs = {move.thing.job for move in self.moves} - {""}
        steps = all(move.thing.kind in ("job", "step") and not move.edge for move in other.moves)
        within = steps and any(move.thing.job in jobs for move in other.moves)
        same_way = (self.moves[0].seconds > 0) == (other.moves[0].seconds > 0)
        few = FEW_OF_LITTLE if other.largest <= LITTLE * self.largest else FEW
        return (
            same_way and within and self.distance(other) <= few and other.largest <= MUCH_LESS * self.largest
        )

    def has_step_of(self, other: _Group) -> bool:
        """Whether a step of the other moved in jobs of this one, and about as much, and nothing twice."""
        if self.distance(other) > FEW or {move.thing for move in self.moves} & {m.thing for m in other.moves}:
            return False
        own = {move.thing.step: move.by for move in self.moves if move.thing.step and not move.edge}
        its = {move.thing.step: move.by for move in other.moves if move.thing.step and not move.edge}
        return any(1 / ALIKE <= by / own[step] <= ALIKE for step, by in its.items() if own.get(step))

    @property
    def is_a_whole(self) -> bool:
        """Whether nothing in it says what builds or jobs take longer by."""
        return all(move.thing.kind in ("wall", "job") and not move.edge for move in self.moves)

    def explains(self, other: _Group) -> bool:
        """Whether it has most of what the other is the whole of, and not that whole itself."""
        parts = [move for move in self.moves if move.thing.kind in ("step", "waiting") and not move.edge]
        # A place that is known so vaguely may be as far off again.
        reach = FEW if other.gradual else max(FEW, other.last - other.first)
        if not (parts and other.is_a_whole) or self.distance(other) > reach:
            return False
        own, jobs = {move.thing for move in self.moves}, {move.thing.job for move in parts}
        if any(move.thing in own or move.thing.job not in jobs | {""} for move in other.moves):
            return False
        same_way = (parts[0].seconds > 0) == (other.moves[0].seconds > 0)
        return same_way and max(abs(move.seconds) for move in parts) >= MOST_OF_IT * other.largest

    def add(self, move: Move) -> None:
        self.moves.append(move)
        self.first, self.last = max(self.first, move.first), min(self.last, move.last)


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
