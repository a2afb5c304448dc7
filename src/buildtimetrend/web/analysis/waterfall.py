"""Jobs and steps of a build as bars on one time axis, in percent of its width."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

# Distances between ticks that a clock has, s.
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)
TICKS = 8
OTHER = "other"
# In the order of a log; each has a colour of its own in css/build.css, and more could not be told apart.
COLOURS = (
    "queue",
    "boot",
    "setup",
    "checkout",
    "cache",
    "before_install",
    "install",
    "before_script",
    "script",
    "after",
    "deploy",
    OTHER,
    "run",
)
_SHARED = {
    "after_script": "after",
    "after_success": "after",
    "after_failure": "after",
    "before_deploy": "deploy",
    "after_deploy": "deploy",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """`kind` is `queue`, `boot`, `run` (a job as a whole) or a step's phase.

    `seconds` is what `label` names took: less than the bar is long where other things lie within it.
    """

    kind: str
    label: str
    x: float
    width: float
    seconds: float

    @property
    def colour(self) -> str:
        """One of `COLOURS`: a phase that is not known is like any other."""
        kind = _SHARED.get(self.kind, self.kind)
        return kind if kind in COLOURS else OTHER


@dataclass(frozen=True, slots=True)
class Tick:
    x: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Axis:
    start: datetime
    seconds: float

    def bar(self, kind: str, label: str, since: datetime, until: datetime) -> Bar | None:
        """None where there would be nothing to see, as when clocks disagree."""
        seconds = (until - since).total_seconds()
        if seconds <= 0:
            return None
        left = min(100.0, max(0.0, self._percent(since)))
        right = min(100.0, max(0.0, self._percent(until)))
        return Bar(kind, label, round(left, 3), round(max(right - left, 0.05), 3), seconds)

    def ticks(self) -> list[Tick]:
        step = next((step for step in STEPS if self.seconds / step <= TICKS), None)
        if step is None:
            step = STEPS[-1] * (int(self.seconds / STEPS[-1] / TICKS) + 1)
        return [
            Tick(round(100 * place * step / self.seconds, 3), float(place * step))
            for place in range(int(self.seconds / step) + 1)
        ]

    def _percent(self, at: datetime) -> float:
        return 100 * (at - self.start).total_seconds() / self.seconds


def axis(build: Mapping[str, Any], jobs: Sequence[Mapping[str, Any]], now: datetime) -> Axis | None:
    """From the first instant that is known of the build to its last one, which is `now` while it runs."""
    begun = [of[name] for of in (build, *jobs) for name in ("queued_at", "started_at") if of[name]]
    ended = [of["finished_at"] or now for of in (build, *jobs) if of["started_at"]]
    if not begun or not ended or max(ended) <= min(begun):
        return None
    return Axis(min(begun), (max(ended) - min(begun)).total_seconds())


def job_bars(axis: Axis, job: Mapping[str, Any], now: datetime) -> list[Bar]:
    """Waiting, booting, the whole run, and on it its steps, those of one phase in a row as one bar."""
    started, queued = job["started_at"], job["queued_at"]
    if started is None:
        return _known(axis.bar("queue", "queue", queued, job["finished_at"] or now)) if queued else []
    bars: list[Bar | None] = []
    if queued:
        # A worker boots before it reports that the job begins.
        waited = max(0.0, (started - queued).total_seconds())
        booted = started - timedelta(seconds=_between(0.0, job["boot_time"] or 0.0, waited))
        bars += [axis.bar("queue", "queue", queued, booted), axis.bar("boot", "boot", booted, started)]
    steps = [step for step in job["steps"] if step["depth"] == 0 and step["started_at"] is not None]
    bars.append(_run(axis.bar("run", "running", started, job["finished_at"] or now), steps))
    bars += [_phase(axis, phase) for phase in _phases(steps)]
    return _known(*bars)


def step_bar(axis: Axis, step: Mapping[str, Any]) -> Bar | None:
    """None for one that did not run, as for what is too short to be seen."""
    if step["started_at"] is None:
        return None
    return axis.bar(step["phase"], step["label"], step["started_at"], step["finished_at"])


def _run(bar: Bar | None, steps: Sequence[Mapping[str, Any]]) -> Bar | None:
    """The steps lie on this bar and say their own time: it says what is left."""
    if bar is None or not steps:
        return bar
    return replace(bar, label="outside of steps", seconds=max(0.0, bar.seconds - _total(steps)))


def _phases(steps: Iterable[Mapping[str, Any]]) -> Iterable[list[Mapping[str, Any]]]:
    """Neighbours of one phase together."""
    return (list(group) for _, group in groupby(steps, key=lambda step: step["phase"]))


def _phase(axis: Axis, steps: Sequence[Mapping[str, Any]]) -> Bar | None:
    """One bar over the gaps between its steps; they are outside of steps, and not in its time."""
    phase = steps[0]["phase"]
    until = max(step["finished_at"] for step in steps)
    bar = axis.bar(phase, phase, steps[0]["started_at"], until)
    return bar and replace(bar, seconds=_total(steps))


def _total(steps: Iterable[Mapping[str, Any]]) -> float:
    return float(sum(step["duration"] for step in steps))


def _between(least: float, number: float, most: float) -> float:
    """`least` for what is no number."""
    return min(max(least, number), most) if math.isfinite(number) else least


def _known(*bars: Bar | None) -> list[Bar]:
    return [bar for bar in bars if bar is not None]
