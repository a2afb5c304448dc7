"""What happens to a simulated project's builds for a while, beside its slowdown and its drift.

Each event draws from generators of its own: what else a build is like stays the same without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """From build `number` on, up to build `until`, which is none of it; None: it goes on."""

    number: int
    until: int | None = None

    def holds(self, number: int) -> bool:
        return self.number <= number and (self.until is None or number < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Congestion(Event):
    """On weekdays from 8 to 18 h there are too few machines: jobs wait about so many seconds longer."""

    seconds: int

    def waits(self, number: int, queued_at: int, rng: Random) -> int:
        at = datetime.fromtimestamp(queued_at, UTC)
        busy = at.weekday() < 5 and 8 <= at.hour < 18
        return round(self.seconds * rng.lognormvariate(0, 0.2)) if busy and self.holds(number) else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheLoss(Event):
    """The cache is no longer found: what it holds is installed anew, which takes `factor` times as long."""

    factor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FlakyJob(Event):
    """A share of the runs of a job fails though nothing is wrong; most of them are run again."""

    job: str  # as the CI calls it
    share: float
    again: float = 0.8


@dataclass(frozen=True, slots=True)
class SlowImage:
    """From `begins` to `ends`, parts of the year, jobs of this image take `factor` times as long."""

    dist: str
    begins: float
    ends: float
    factor: float

    def slows(self, dist: object, age: float) -> float:
        return self.factor if dist == self.dist and self.begins <= age < self.ends else 1.0


SLOW_IMAGE = SlowImage("trusty", begins=0.78, ends=0.9, factor=1.3)
