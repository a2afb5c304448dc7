"""How each job of a build spent the build's wall time: waiting for a worker, booting, running."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from buildtimetrend.critical_path.path import Span, critical_path

Row: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wait:
    """Of one job, in seconds: `waiting` and `booting` within the wall time of its build, which begins with
    the first job; `waited` is the whole wait, `whole` with booting. None: not known how long it booted; then
    that is part of all.
    """

    whole: float
    waited: float
    waiting: float
    booting: float | None

    def with_boot(self) -> Wait:
        """As of a job of which it is not known how long it booted."""
        boot = self.booting or 0.0
        return Wait(whole=self.whole, waited=self.whole, waiting=self.waiting + boot, booting=None)


@dataclass(frozen=True, slots=True)
class Timing:
    """Of one job, within the wall time (s) of its build. No `wait`: not known when the job could begin."""

    running: float
    wait: Wait | None = None

    @property
    def seconds(self) -> float:
        return self.running + (self.wait.with_boot().waiting if self.wait else 0.0)


@dataclass(frozen=True, slots=True)
class Timed:
    """A build that has ended: its wall time (s), jobs by their place, the places on the critical path.

    Of a job that the build did not wait for, or that ran before it, nothing is known. `again` has, by the job
    that was tried again, what went by (s) until the path could go on, earlier tries among it.
    """

    wall: float
    jobs: Mapping[int, Timing]
    path: Sequence[int]
    again: Mapping[int, float] = field(default_factory=dict)


def timed(build: Row, jobs: Sequence[Row], *, path_alone: bool = False) -> Timed | None:
    """None for a build that has not ended. With `path_alone` only the jobs on the path are told of: most of
    the work, where of many builds nothing else is asked.
    """
    since, until = build["started_at"], build["finished_at"]
    if since is None or until is None or until < since:
        return None
    known = {place: job for place, job in enumerate(jobs) if _waited_for(job, since, until)}
    last_tries = _last_tries(known)
    waited_for = {place: known[place] for place in last_tries}
    if any(job["finished_at"] is None for job in waited_for.values()):
        return Timed((until - since).total_seconds(), {}, ())
    needs = _needs(waited_for)
    ready = _ready(waited_for, needs)
    places = list(waited_for)
    at = {place: n for n, place in enumerate(places)}
    spans = [
        Span(
            waited_for[place]["started_at"],
            waited_for[place]["finished_at"],
            ready[place],
            None if needs[place] is None else [at[need] for need in needs[place] or ()],
        )
        for place in places
    ]
    path = [places[found] for found in critical_path(spans)]
    return Timed(
        wall=(until - since).total_seconds(),
        jobs={
            place: _timing(waited_for[place], ready[place], since, until)
            for place in (path if path_alone else places)
        },
        path=path,
        again=_again(path, [place for place in places if last_tries[place]], waited_for, ready, since),
    )


def seconds_by_step(job: Row) -> Counter[str]:
    """By key, of the steps that ran and are no part of another one."""
    found = Counter[str]()
    for step in job["steps"]:
        if step["depth"] == 0 and step["duration"] is not None:
            found[step["key"]] += step["duration"]
    return found


def _waited_for(job: Row, since: datetime, until: datetime) -> bool:
    """Whether the build may have: a job that may fail goes on after it, one not run again ended before it."""
    started, ended = job["started_at"], job["finished_at"]
    if started is None or started > until:
        return False
    if ended is None or ended > until:
        return not job["allow_failure"]
    return bool(ended > since or started >= since)


def _last_tries(jobs: Mapping[int, Row]) -> dict[int, bool]:
    """Places of the jobs that no later try of the same job replaced; whether there was an earlier one.

    A CI that lists all tries of a job within one build has it again, queued after the try before had ended.
    """
    tries: dict[tuple[object, ...], list[int]] = {}
    for place, job in jobs.items():
        tries.setdefault((job["matrix"], job["name"], job["stage"]), []).append(place)
    found: dict[int, bool] = {}
    for places in tries.values():
        places.sort(key=lambda place: jobs[place]["started_at"])
        for place, after in zip(places, (*places[1:], None), strict=True):
            if after is None or not _is_again(jobs[after], jobs[place]):
                found[place] = any(_is_again(jobs[place], jobs[other]) for other in places if other != place)
    return dict(sorted(found.items()))


def _is_again(job: Row, earlier: Row) -> bool:
    queued, ended = job["queued_at"], earlier["finished_at"]
    return bool(job["name"] and queued and ended and queued >= ended)


def _again(
    path: Sequence[int],
    repeated: Sequence[int],
    jobs: Mapping[int, Row],
    ready: Mapping[int, datetime | None],
    since: datetime,
) -> dict[int, float]:
    """By the job that was tried again: before a job of the path one of them, or that one itself."""
    found: dict[int, float] = {}
    end = since
    for place in path:
        begin = ready[place] or jobs[place]["started_at"]
        again = [other for other in repeated if end < jobs[other]["queued_at"] <= begin]
        if again:
            first = place if place in again else min(again, key=lambda other: jobs[other]["queued_at"])
            found[first] = found.get(first, 0.0) + (begin - end).total_seconds()
        end = max(end, jobs[place]["finished_at"])
    return found


def _needs(jobs: Mapping[int, Row]) -> dict[int, Sequence[int] | None]:
    """Places of the jobs that each waited for, as the CI names them: by id, or by name."""
    places: dict[str, list[int]] = {}
    for place, job in jobs.items():
        for known in {job["job_id"], job["name"]} - {None}:
            places.setdefault(known, []).append(place)
    found: dict[int, Sequence[int] | None] = {}
    for place, job in jobs.items():
        needs = job.get("needs")
        named = None if needs is None else [other for need in needs for other in places.get(need, ())]
        found[place] = named and [other for other in named if other != place]
    return found


def _ready(jobs: Mapping[int, Row], needs: Mapping[int, Sequence[int] | None]) -> dict[int, datetime | None]:
    """Since when each job waited for a worker: queued, and with no other job or earlier stage to wait for."""
    stages = _ends_before_stages(list(jobs.values()))
    found: dict[int, datetime | None] = {}
    for place, job in jobs.items():
        queued, started, needed = job["queued_at"], job["started_at"], needs[place]
        if needed is None:
            before = stages.get(job["stage"])
        else:
            before = max((jobs[other]["finished_at"] for other in needed), default=None)
        if queued is None:
            found[place] = None
        else:
            found[place] = min(started, queued if before is None else max(queued, before))
    return found


def _ends_before_stages(jobs: Sequence[Row]) -> dict[str | None, datetime]:
    """For each stage when the last job of those before it ended. Before it are those whose jobs had all ended
    when its first one began; jobs that may fail hold nothing up.
    """
    starts: dict[str, datetime] = {}
    ends: dict[str, datetime] = {}
    for job in jobs:
        if stage := job["stage"]:
            starts[stage] = min(starts.get(stage, job["started_at"]), job["started_at"])
            if not job["allow_failure"]:
                ends[stage] = max(ends.get(stage, job["finished_at"]), job["finished_at"])
    found: dict[str | None, datetime] = {}
    for stage, start in starts.items():
        before = [end for other, end in ends.items() if other != stage and end <= start]
        if before:
            found[stage] = max(before)
    return found


def _timing(job: Row, ready: datetime | None, since: datetime, until: datetime) -> Timing:
    started, ended = (_between(since, job[name], until) for name in ("started_at", "finished_at"))
    running = max(0.0, (ended - started).total_seconds())
    if ready is None:
        return Timing(running)
    gap = (started - _between(since, ready, started)).total_seconds()
    whole = (job["started_at"] - ready).total_seconds()
    boot = job["boot_time"]
    if boot is None or not math.isfinite(boot) or boot < 0:
        return Timing(running, Wait(whole=whole, waited=whole, waiting=gap, booting=None))
    booting = min(boot, gap)
    wait = Wait(whole=whole, waited=waited_of(whole, boot), waiting=gap - booting, booting=booting)
    return Timing(running, wait)


def waited_of(whole: float, boot: float | None) -> float:
    """What is left of a wait without booting; all of it where that is not known, or cannot be."""
    if boot is None or not math.isfinite(boot) or boot < 0:
        return whole
    return whole - min(boot, whole)


def _between(least: datetime, instant: datetime, most: datetime) -> datetime:
    return min(max(least, instant), max(least, most))
