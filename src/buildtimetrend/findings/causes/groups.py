"""Which moves belong together: those of builds near each other that go the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from buildtimetrend.findings.changes.moves import Move

FEW = 3  # builds from each other
MUCH_LESS = 0.5  # of the other
FEW_OF_LITTLE, LITTLE = 10, 0.1  # builds, of what is so little of the other: its own range misses by more
MOST_OF_IT = 0.5  # a cause accounts for this share or more
ALIKE = 2.0  # times as much, or as little: a step that moved otherwise in another job did so by itself


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
