"""Which series moved, and where: changes of each, in terms of the builds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from buildtimetrend.enough import LEAST, NOTABLE
from buildtimetrend.findings.series import Measured, Thing, Values
from buildtimetrend.trends import Change, change_points


@dataclass(frozen=True, slots=True)
class Move:
    """A change of a series. `place` is that of the first build on the new level, most likely, and within
    `first` and `last` with 95 %; levels are in seconds.
    """

    thing: Thing
    place: int
    first: int
    last: int
    before: float
    after: float
    confidence: float
    lasts_to: int  # the last build of this level

    @property
    def seconds(self) -> float:
        return self.after - self.before


def moves(measured: Measured) -> Iterator[Move]:
    """Of all series; what people would not notice is none."""
    for thing, values in measured.values.items():
        changes = change_points(values.seconds, [time.timestamp() for time in measured.times(values)])
        for change, following in zip_longest(changes, changes[1:]):
            if _is_notable(change):
                yield _move(thing, values, change, following)


def _is_notable(change: Change) -> bool:
    seconds = abs(change.after - change.before)
    return seconds >= LEAST and 100 * seconds >= NOTABLE * change.before


def _move(thing: Thing, values: Values, change: Change, following: Change | None) -> Move:
    places = values.places
    return Move(
        thing=thing,
        place=places[change.index],
        first=places[change.first - 1] + 1,  # builds that have no value may be on the new level
        last=places[change.last],
        before=change.before,
        after=change.after,
        confidence=change.confidence,
        lasts_to=places[following.index - 1] if following else places[-1],
    )
