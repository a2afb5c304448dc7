"""What the difference of a build from its usual wall time is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import groupby
from statistics import median
from typing import Literal, NamedTuple, TypeAlias

from buildtimetrend.enough import SIDE
from buildtimetrend.model import Result
from buildtimetrend.steps import LIFECYCLE, label
from buildtimetrend.store.reads import Usual
from buildtimetrend.web.analysis.explained.names import Name, name_of
from buildtimetrend.web.analysis.explained.timings import Row, Timed, Timing, Wait, seconds_by_step, timed

Kind: TypeAlias = Literal["waiting", "booting", "step", "outside", "running", "job", "rest"]


@dataclass(frozen=True, slots=True)
class Part:
    """Seconds of a build's wall time, and what they usually are. No `usual`: not known, and counted as 0.

    For a step `make` that took 90 s, usually 60 s: `Part("step", 90.0, 60.0, job=job, step="make")`; its
    `difference` is 30 s.

    `kind`, of a job on the critical path: `waiting` for a worker; `booting`; a `step`; `outside`, what it ran
    outside of its steps; `running`, all that it ran, where its steps are not known; `job`, the same where
    the job has no usual time. Of the build: `rest`, what is left of both wall times. That is 20 s, usually
    0 s, where no job ran for 20 s; and 0 s, usually 50 s, where the job that usually ends last does so 50 s
    later than the usual end of the one that did.

    `waited` and `usually_waited` are the whole wait. A job that waited 300 s, the first 10 s of them before
    the build's first job began, has `seconds` of 290. `booted`: booting is in them.
    """

    kind: Kind
    seconds: float
    usual: float | None
    job: Row | None = None
    step: str | None = None
    waited: float | None = None
    usually_waited: float | None = None
    booted: bool = False

    @property
    def difference(self) -> float:
        return self.seconds - (self.usual or 0.0)


@dataclass(frozen=True, slots=True)
class Parts:
    """They add up to the wall time and to the usual one: `named` by a job, and the `rest`.

    `usual_last` is the job that mostly ended last in the builds before, None where this build has the same,
    or no such job.
    """

    named: tuple[Part, ...]
    rest: Part
    last: Row | None
    usual_last: Name | None

    @property
    def all(self) -> tuple[Part, ...]:
        return (*self.named, self.rest)


def parts_of(build: Timed, jobs: Sequence[Row], usual: Usual, wall: float) -> Parts:
    """`wall` (s) is usual for all of the build."""
    before = list(_before(usual.passed_jobs))
    found = [part for place in build.path for part in _of_job(build.jobs[place], jobs[place], usual, before)]
    found = _with_what_is_left(found, wall)
    rest = Part(
        "rest",
        build.wall - sum(part.seconds for part in found),
        wall - sum(part.usual or 0.0 for part in found),
    )
    last = jobs[build.path[-1]] if build.path else None
    usually = _usually_last(before)
    same = last is not None and usually == name_of(last)
    return Parts(tuple(found), rest, last, None if same else usually)


def _with_what_is_left(parts: Sequence[Part], wall: float) -> list[Part]:
    """A job without a usual time is held against what is left of the usual wall time: so that it explains no
    more than the difference, and a wait beside it stays the cause that it is.
    """
    left = wall - sum(part.usual or 0.0 for part in parts)
    unknown = [place for place, part in enumerate(parts) if part.kind == "job"]
    if not unknown or left <= 0:
        return list(parts)
    last = unknown[-1]
    return [replace(part, usual=left) if place == last else part for place, part in enumerate(parts)]


class _Before(NamedTuple):
    jobs: Sequence[Row]
    timed: Timed


def _before(jobs: Iterable[Row]) -> Iterable[_Before]:
    for _, group in groupby(jobs, key=lambda job: (job["build_id"], job["attempt"])):
        of_build = list(group)
        times = {name: of_build[0][f"build_{name}"] for name in ("started_at", "finished_at")}
        found = timed(times, of_build)
        if found is not None:
            yield _Before(of_build, found)


def _of_job(timing: Timing, job: Row, usual: Usual, before: Sequence[_Before]) -> Iterable[Part]:
    ran = [
        (one["result"], build.timed.jobs[place])
        for build in before
        for place, one in enumerate(build.jobs)
        if name_of(one) == name_of(job) and place in build.timed.jobs
    ]
    # How long a job waited says the same whatever came of it.
    waits = list(_of_wait(timing, job, [run for _, run in ran]))
    yield from waits
    known = usual.jobs.get(name_of(job))
    if known is None:
        yield Part("job", timing.seconds - sum(part.seconds for part in waits), usual=None, job=job)
        return
    running = _median(run.running for result, run in ran if result == Result.PASSED)
    yield from _of_run(timing, job, usual, running or known)


def _of_wait(timing: Timing, job: Row, runs: Sequence[Timing]) -> Iterable[Part]:
    """Nothing where a side does not know when the job could begin: then that is part of the rest."""
    wait, before = timing.wait, [run.wait for run in runs if run.wait is not None]
    if wait is None or len(before) < SIDE:
        return
    booting = _median(one.booting for one in before)
    if wait.booting is None or booting is None:
        # Together on both sides: else the boot of one would be a shorter wait of the other.
        part = _waiting(wait.with_boot(), [one.with_boot() for one in before], job)
        yield replace(part, booted=wait.booting is not None or booting is not None)
        return
    yield _waiting(wait, before, job)
    yield Part("booting", wait.booting, booting, job=job)


def _waiting(wait: Wait, before: Sequence[Wait], job: Row) -> Part:
    return Part(
        kind="waiting",
        seconds=wait.waiting,
        usual=median(one.waiting for one in before),
        job=job,
        waited=wait.waited,
        usually_waited=median(one.waited for one in before),
    )


def _of_run(timing: Timing, job: Row, usual: Usual, running: float) -> Iterable[Part]:
    name = name_of(job)
    seconds = seconds_by_step(job)
    usually = {step: found for (*of, step), found in usual.steps.items() if tuple(of) == name}
    if not seconds or not usually:
        yield Part("running", timing.running, running, job=job)
        return
    phases = LIFECYCLE.union(step["phase"] for step in job["steps"])
    for key in [*seconds, *(usually.keys() - seconds.keys())]:
        yield Part("step", seconds[key], usually.get(key), job=job, step=_called(key, phases))
    outside = timing.running - sum(seconds.values())
    yield Part("outside", outside, running - sum(usually.values()), job=job)


def _called(key: str, phases: AbstractSet[str]) -> str:
    """Its label; the phase of a step that did not run is known by its key alone."""
    phase, _, _ = key.partition(": ")
    return label(key, phase) if phase in phases else key


def _median(values: Iterable[float | None]) -> float | None:
    """Of those that are known; None for too few."""
    known = [value for value in values if value is not None]
    return median(known) if len(known) >= SIDE else None


def _usually_last(before: Sequence[_Before]) -> Name | None:
    last = Counter(name_of(build.jobs[build.timed.path[-1]]) for build in before if build.timed.path)
    return last.most_common(1)[0][0] if last else None
