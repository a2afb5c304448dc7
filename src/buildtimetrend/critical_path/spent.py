"""What the wall time of one build, or of several, went by with along the critical path."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import TypeVar

from buildtimetrend.critical_path.timings import Timed

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Spent:
    """Of a build along its critical path (s): adds up to its wall time."""

    waiting: float = 0.0
    booting: float = 0.0
    running: float = 0.0
    again: float = 0.0
    between: float = 0.0

    def __add__(self, other: Spent) -> Spent:
        return Spent(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(Spent)))

    def __mul__(self, by: float) -> Spent:
        return Spent(*(getattr(self, one.name) * by for one in fields(Spent)))


def spent(build: Timed, with_booting: bool) -> Spent:
    """Booting is a part of waiting unless it is asked for."""
    waiting = booting = running = 0.0
    for place in build.path:
        timing = build.jobs[place]
        running += timing.running
        if timing.wait is not None:
            wait = timing.wait if with_booting else timing.wait.with_boot()
            waiting += wait.waiting
            booting += wait.booting or 0.0
    again = sum(build.again.values())
    return Spent(waiting, booting, running, again, build.wall - waiting - booting - running - again)


def tells_booting(build: Timed) -> bool:
    """Whether it is known of all that waited how long they booted."""
    waits = [build.jobs[place].wait for place in build.path]
    return bool(waits) and all(wait is None or wait.booting is not None for wait in waits)


def middle_half(builds: Sequence[T], wall: Callable[[T], float]) -> Sequence[T]:
    """By their wall times, which are in that order then."""
    ordered = sorted(builds, key=wall)
    aside = len(ordered) // 4
    return ordered[aside : len(ordered) - aside]
