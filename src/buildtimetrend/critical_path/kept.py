"""What one build's wall time went by with, as it is kept: of its critical path, and of the steps on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import orjson

from buildtimetrend.critical_path.spent import Spent, spent, tells_booting
from buildtimetrend.critical_path.timings import Timed

NOTHING = "null"


class StepTime(NamedTuple):
    """A step that ran in a job: its key and phase, and the seconds of all its runs there."""

    key: str
    phase: str
    seconds: float


class StepOnPath(NamedTuple):
    """A step in all jobs on a path together (s); `within` is no more than these ran within the wall time."""

    phase: str
    seconds: float
    within: float


@dataclass(frozen=True, slots=True)
class PathParts:
    """Of a build (s): its wall time, its parts, and the steps of the jobs on its path by their keys."""

    wall: float
    spent: Spent
    tells_booting: bool
    steps: Mapping[str, StepOnPath]

    def within(self, step: str) -> float:
        return self.steps[step].within if step in self.steps else 0.0

    def told(self, with_booting: bool) -> Spent:
        """Booting is a part of waiting unless it is asked for."""
        whole = self.spent
        return whole if with_booting else replace(whole, waiting=whole.waiting + whole.booting, booting=0.0)


def path_parts(build: Timed, steps: Sequence[Sequence[StepTime]]) -> PathParts:
    """`steps` are those of each job on the path, in its order."""
    sums: dict[str, StepOnPath] = {}
    for place, of_job in zip(build.path, steps, strict=True):
        running = build.jobs[place].running
        for step in of_job:
            before = sums.get(step.key, StepOnPath(step.phase, 0.0, 0.0))
            sums[step.key] = StepOnPath(
                min(before.phase, step.phase),
                before.seconds + step.seconds,
                before.within + min(step.seconds, running),
            )
    return PathParts(build.wall, spent(build, True), tells_booting(build), sums)


def as_text(parts: PathParts | None) -> str:
    """JSON; `NOTHING` for a build of which no path is known."""
    if parts is None:
        return NOTHING
    whole = parts.spent
    numbers = [parts.wall, whole.waiting, whole.booting, whole.running, whole.again, whole.between]
    # Most ran within the wall time, and have one number.
    steps = {
        key: [*of_step] if of_step.within < of_step.seconds else [*of_step[:2]]
        for key, of_step in parts.steps.items()
    }
    return orjson.dumps([numbers, parts.tells_booting, steps]).decode()


def of_text(text: str) -> PathParts | None:
    found = orjson.loads(text)
    if found is None:
        return None
    (wall, *parts), booting, steps = found
    of_steps = {key: StepOnPath(of[0], of[1], of[-1]) for key, of in steps.items()}
    return PathParts(wall, Spent(*parts), booting, of_steps)
