"""A finding as it is kept, the state of its alert, and what a look did to both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from buildtimetrend.findings.changes.moves import Move
from buildtimetrend.findings.series import Thing

State: TypeAlias = Literal["open", "acknowledged", "muted", "fixed", "wont_fix"]

OPEN = ("open", "acknowledged")  # states of an alert that speaks for others

QUIET = ("muted", "wont_fix")


@dataclass(frozen=True, slots=True)
class Known:
    """A finding, kept or found just now. `moved` is all that belongs to it, `cause` its strongest move.

    Instants are when builds began; `found_at` is when it was found first. `branches` are those whose builds
    it is of, if not those that are watched. `state` is that of its alert, `events` the number of its last
    event. `stored` is the document of one that is kept, as it was read; `asked` is what others were like when
    it was asked last whether they share its cause.
    """

    id: str
    what: str
    thing: str
    cause: Move
    moved: frozenset[Thing]
    since_at: datetime
    first_at: datetime
    last_at: datetime
    over_at: datetime | None
    document: dict[str, Any]
    withdrawn_at: datetime | None = None
    state: str | None = None
    events: int = 0
    branches: str = ""
    stored: str | None = None
    found_at: datetime | None = None
    asked: str = ""

    @property
    def slower(self) -> bool:
        return self.cause.seconds > 0

    def overlaps(self, other: Known) -> bool:
        return self.first_at <= other.last_at and other.first_at <= self.last_at

    @property
    def of_cause(self) -> frozenset[Thing]:
        """What moved that is the cause: a step in each of the jobs in which it did."""
        of = self.cause.thing
        return frozenset(each for each in self.moved if (each.kind, each.step) == (of.kind, of.step))

    def is_like(self, other: Known) -> bool:
        """The same cause; of a step in one job that in another is none."""
        same = (self.what, self.thing, self.slower) == (other.what, other.thing, other.slower)
        return same and (self.of_cause == other.of_cause or bool(self.of_cause & other.of_cause))


@dataclass(frozen=True, slots=True)
class Happened:
    """To the alert of a finding: `event`, and the `state` that it leads to."""

    event: str
    state: str
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Lived:
    """A finding as it is now, and what happened to its alert; `dropped`: nothing is kept of it; `is_new`: it
    was found just now.
    """

    known: Known
    happened: Happened | None = None
    dropped: bool = False
    is_new: bool = False
