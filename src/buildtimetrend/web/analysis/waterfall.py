"""Jobs and steps of a build as bars on one time axis, in percent of its width."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from buildtimetrend.web.analysis.job_endings import failing_step

# Distances between ticks that a clock has, s.
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)
TICKS, FEW_TICKS = 8, 4
LEAST_SHOWN = 0.1  # s, of a part of an axis
# What a job did, in the order in which it does it; each has a colour of its own in css/build.css.
KINDS = ("waiting", "booting", "longest", "other", "outside")


@dataclass(frozen=True, slots=True)
class Bar:
    """`kind` is one of `KINDS`; `seconds` is what `label` names took: less than the bar is long where other
    things lie within it. `failed`: a step that made its job fail.
    """

    kind: str
    label: str
    x: float
    width: float
    seconds: float
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Tick:
    """One `between` others has no words where there is little room."""

    x: float
    seconds: float
    between: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """`skipped` are the seconds of the build before it, where it shows a part of it."""

    start: datetime
    seconds: float
    skipped: float = 0.0

    def part(self, since: float, until: float) -> Axis | None:
        """From so many seconds on up to so many; None where that is no part of it that could be shown."""
        if not 0 <= since < until <= self.seconds or until - since < LEAST_SHOWN:
            return None
        return Axis(self.start + timedelta(seconds=since), until - since, since)

    def bar(self, kind: str, label: str, since: datetime, until: datetime) -> Bar | None:
        """None where there would be nothing to see, as when clocks disagree."""
        seconds = (until - since).total_seconds()
        if seconds <= 0:
            return None
        left = min(100.0, max(0.0, self._percent(since)))
        right = min(100.0, max(0.0, self._percent(until)))
        if right <= 0 or left >= 100:
            return None
        return Bar(kind, label, round(left, 3), round(max(right - left, 0.05), 3), seconds)

    def ticks(self) -> list[Tick]:
        step = between_ticks(self.seconds, TICKS)
        first, last = math.ceil(self.skipped / step), int((self.skipped + self.seconds) / step)
        places = range(first, last + 1)
        many = len(places) > FEW_TICKS
        return [
            Tick(
                round(100 * (place * step - self.skipped) / self.seconds, 3),
                float(place * step),
                between=many and place % 2 == 1,
            )
            for place in places
        ]

    def _percent(self, at: datetime) -> float:
        return 100 * (at - self.start).total_seconds() / self.seconds


def between_ticks(seconds: float, most: int) -> int:
    """Seconds from a tick to the next, as a clock has them or whole days: an axis of them has no more."""
    step = next((step for step in STEPS if seconds / step <= most), None)
    return STEPS[-1] * (int(seconds / STEPS[-1] / most) + 1) if step is None else step


def axis(build: Mapping[str, Any], jobs: Sequence[Mapping[str, Any]], now: datetime) -> Axis | None:
    """From the first instant that is known of the build to its last one, which is `now` while it runs."""
    begun = [of[name] for of in (build, *jobs) for name in ("queued_at", "started_at") if of[name]]
    ended = [of["finished_at"] or now for of in (build, *jobs) if of["started_at"]]
    if not begun or not ended or max(ended) <= min(begun):
        return None
    return Axis(min(begun), (max(ended) - min(begun)).total_seconds())


def longest_step(job: Mapping[str, Any], wanted: str | None) -> str | None:
    """The key of the step to tell from others: that which is `wanted`, else the longest."""
    seconds = {
        step["key"]: step["duration"]
        for step in job["steps"]
        if step["depth"] == 0 and step["duration"] is not None
    }
    if wanted in seconds:
        return wanted
    return max(seconds, key=lambda key: seconds[key], default=None)


def job_bars(axis: Axis, job: Mapping[str, Any], now: datetime, longest: str | None = None) -> list[Bar]:
    """Waiting, booting, the whole run, and on it its steps, others than the longest in a row as one bar."""
    started, queued = job["started_at"], job["queued_at"]
    if started is None:
        end = job["finished_at"] or now
        return _known(axis.bar("waiting", "waiting for a worker", queued, end)) if queued else []
    bars: list[Bar | None] = []
    if queued:
        # A worker boots before it reports that the job begins.
        waited = max(0.0, (started - queued).total_seconds())
        booted = started - timedelta(seconds=_between(0.0, job["boot_time"] or 0.0, waited))
        bars += [
            axis.bar("waiting", "waiting for a worker", queued, booted),
            axis.bar("booting", "booting", booted, started),
        ]
    key = longest_step(job, longest)
    steps = [step for step in job["steps"] if step["depth"] == 0 and step["started_at"] is not None]
    bars.append(_run(axis.bar("outside", "running", started, job["finished_at"] or now), steps))
    failing = failing_step(job)
    for kind, group in groupby(steps, key=lambda step: "longest" if step["key"] == key else "other"):
        bars.append(_stretch(axis, kind, list(group), failing))
    return _known(*bars)


def step_bar(axis: Axis, step: Mapping[str, Any], longest: str | None, *, failed: bool = False) -> Bar | None:
    """None for one that did not run, as for what is too short to be seen."""
    if step["started_at"] is None:
        return None
    kind = "longest" if step["key"] == longest else "other"
    bar = axis.bar(kind, step["label"], step["started_at"], step["finished_at"])
    return bar and replace(bar, failed=failed)


def usual_run(axis: Axis, job: Mapping[str, Any]) -> Bar | None:
    """How far the job usually runs from when it began."""
    if job["started_at"] is None or job["usual"] is None:
        return None
    end = job["started_at"] + timedelta(seconds=job["usual"])
    return axis.bar("usual", "usual", job["started_at"], end)


def _run(bar: Bar | None, steps: Sequence[Mapping[str, Any]]) -> Bar | None:
    """The steps lie on this bar and say their own time: it says what is left."""
    if bar is None or not steps:
        return bar
    return replace(bar, label="outside of steps", seconds=max(0.0, bar.seconds - _total(steps)))


def _stretch(axis: Axis, kind: str, steps: Sequence[Mapping[str, Any]], failing: int | None) -> Bar | None:
    """One bar over the gaps between its steps; they are outside of steps, and not in its time."""
    label = steps[0]["label"] if kind == "longest" or len(steps) == 1 else "other steps"
    until = max(step["finished_at"] for step in steps)
    bar = axis.bar(kind, label, steps[0]["started_at"], until)
    failed = any(step["position"] == failing for step in steps)
    return bar and replace(bar, seconds=_total(steps), failed=failed)


def _total(steps: Iterable[Mapping[str, Any]]) -> float:
    return float(sum(step["duration"] for step in steps))


def _between(least: float, number: float, most: float) -> float:
    """`least` for what is no number."""
    return min(max(least, number), most) if math.isfinite(number) else least


def _known(*bars: Bar | None) -> list[Bar]:
    return [bar for bar in bars if bar is not None]
