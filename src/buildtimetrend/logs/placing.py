"""Instants of steps whose clock is not that of the job.

Durations are what a clock is good for. Where a step lies is told by its place in the log: a project's own
blocks count from the start of the machine, in microseconds or in whole seconds.
"""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence
from dataclasses import dataclass

EARLIEST = (
    1_293_840_000_000_000_000  # ns: in 2011, when Travis CI began; a wall clock shows nothing before it
)
LATEST = 2**63 - 1  # ns: in the year 2262, the last that a 64-bit clock shows


@dataclass(slots=True)
class Around:
    """A step that later ones may lie in: its instants by its own clock, how far they were moved, and from
    where on nothing lies in it so far. `foreign` is how far the last one of another clock was moved.
    """

    start: int
    finish: int
    moved: int
    free: int
    foreign: int | None = None


def place(starts: MutableSequence[int], finishes: MutableSequence[int], depths: Sequence[int]) -> None:
    """Moves, in place, each step that does not start while the step around it runs, by what both say: behind
    what lies there already, or to its start if there is no room. Durations stay, also those that are longer
    than the step around.

    Of those that lie in no other, the ones before `EARLIEST` go behind the step before them, if any is later.
    """
    if not starts or (min(starts) >= EARLIEST and not any(depths)):
        return
    around: list[Around] = []
    first = next(
        (start for start, depth in zip(starts, depths, strict=True) if not depth and start >= EARLIEST), 0
    )
    free = first - _before(starts, finishes, depths)
    for at, depth in enumerate(depths):
        start, finish = starts[at], finishes[at]
        del around[depth:]
        if around:
            moved = _within(around[-1], start, finish)
        else:
            moved = free - start if first and start < EARLIEST else 0
            free = finish + moved
        moved = max(-start, min(moved, LATEST - finish))
        starts[at], finishes[at] = start + moved, finish + moved
        around.append(Around(start, finish, moved, start + moved))


def _within(outer: Around, start: int, finish: int) -> int:
    moved = outer.moved
    if not outer.start <= start <= outer.finish:
        begin, end = outer.start + moved, outer.finish + moved
        if outer.foreign is not None and outer.free <= start + outer.foreign <= end:
            moved = outer.foreign
        else:
            moved = outer.foreign = max(begin, min(outer.free, end - (finish - start))) - start
    outer.free = max(outer.free, finish + moved)
    return moved


def _before(starts: Sequence[int], finishes: Sequence[int], depths: Sequence[int]) -> int:
    """How long those together take that come before the first of a wall clock."""
    needed = 0
    for start, finish, depth in zip(starts, finishes, depths, strict=True):
        if not depth and start >= EARLIEST:
            break
        needed += 0 if depth else finish - start
    return needed
