"""Moves: the changes of each series, with the builds that each may have begun with."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Literal, TypeAlias

from buildtimetrend.enough import LEAST, NOTABLE
from buildtimetrend.findings.changes.presence import edges
from buildtimetrend.findings.series import Measured, Thing, Values
from buildtimetrend.trends import Change

Edge: TypeAlias = Literal["", "new", "last", "gone"]


@dataclass(frozen=True, slots=True)
class Move:
    """A change of a series. `place` is that of the first build on the new level, most likely, and within
    `first` and `last` with 95 %; levels are in seconds. A `gradual` one has come little by little: it began
    at `place` and ended at `last`. What is `new` takes no time before, what is `gone` none since; a new job
    of which most builds wait as the `last` one says so.
    """

    thing: Thing
    place: int
    first: int
    last: int
    before: float
    after: float
    confidence: float
    gradual: bool = False
    edge: Edge = ""

    @property
    def seconds(self) -> float:
        return self.after - self.before

    @property
    def by(self) -> float:
        """By what logarithm; 0 of what was not there, or is not any more."""
        return math.log(self.after / self.before) if self.before > 0 and self.after > 0 else 0.0


NEAREST = 50  # runs beside an edge that say how long it takes
MOST = 0.5  # of the builds


def moved(thing: Thing, values: Values, changes: Iterable[Change]) -> list[Move]:
    """The changes of a series in terms of the builds, as they were found."""
    return [_move(thing, values, change) for change in changes]


def appeared(thing: Thing, of: Measured) -> list[Move]:
    """Where a step or a job began to be run at all, or no longer was."""
    values = of.values.get(thing, Values())
    seconds = dict(zip(values.places, values.seconds, strict=True))
    found = []
    for edge in edges(*of.chances(thing)):
        nearest = edge.since[:NEAREST] if edge.runs else edge.before[-NEAREST:]
        took = [seconds[place] for place in nearest if place in seconds]
        if took:  # a job that only ever failed took no time that counts
            levels = (0.0, median(took)) if edge.runs else (median(took), 0.0)
            last = sum(of.runs.last.get(place) == thing.job for place in nearest) > MOST * len(nearest)
            kind: Edge = ("last" if last and thing.kind == "job" else "new") if edge.runs else "gone"
            found.append(Move(thing, edge.place, edge.first, edge.place, *levels, edge.confidence, edge=kind))
    return found


def is_notable(move: Move) -> bool:
    """What people would not notice is not worth telling."""
    return abs(move.seconds) >= LEAST and 100 * abs(move.seconds) >= NOTABLE * move.before


def _move(thing: Thing, values: Values, change: Change) -> Move:
    places = values.places
    return Move(
        thing=thing,
        place=places[change.index],
        first=places[change.first - 1] + 1,  # builds that have no value may be on the new level
        last=places[change.last],
        before=change.before,
        after=change.after,
        confidence=change.confidence,
    )
