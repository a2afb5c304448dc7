"""A finding: changes that belong together, and the one that is their cause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from buildtimetrend.findings.changes.moves import Edge, Move
from buildtimetrend.findings.series import Measured

What: TypeAlias = Literal["step", "waiting", "job", "wall", "new_step", "gone_step", "new_job", "gone_job"]

# What a finding may be of whose `before` and `after` are seconds; of others they are shares, or nothing.
IN_SECONDS: tuple[str, ...] = get_args(What)


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


@dataclass(frozen=True, slots=True)
class Findings:
    """The newest first, with what they were found in."""

    found: tuple[Finding, ...]
    measured: Measured
