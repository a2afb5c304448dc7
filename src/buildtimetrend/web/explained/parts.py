"""What the difference of a build from its usual wall time is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import groupby
from statistics import median
from typing import Literal, NamedTuple, TypeAlias

from buildtimetrend.enough import SIDE
from buildtimetrend.steps import LIFECYCLE, label
from buildtimetrend.store.reads import Usual
from buildtimetrend.web.explained.timings import Row, Timed, Timing, timed

Kind: TypeAlias = Literal["waiting", "booting", "step", "outside", "running", "job", "rest"]


class Name(NamedTuple):
    """What a job is known by from build to build."""

    matrix: str
    name: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the wall time (s) of a build, and of the usual one; its `difference` is part of theirs.

    `kind`: `waiting` for a worker, `booting`, a `step` in `job`, what lies `outside` of steps, a job that is
    `running` where its steps are not known, a `job` that has no usual time, or the `rest`: time in which no
    job of the critical path waited or ran, less what usually goes by until another job ends. `waited` and
    `usually_waited` are the whole of a wait, of which a part may lie before the build's first job; `booted`:
    booting is in it.
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
    """They add up to the wall time and to the usual one. `usual_last` is the job that mostly ended last in
    the builds before, None where this build has the same, or no such job.
    """

    parts: tuple[Part, ...]
    last: Row | None
    usual_last: Name | None


def parts_of(build: Timed, jobs: Sequence[Row], usual: Usual, wall: float) -> Parts:
    """`wall` (s) is usual for all of the build."""
    before = list(_before(usual.before))
    found = [part for place in build.path for part in _of_job(build.jobs[place], jobs[place], usual, before)]
    found = _with_what_is_left(found, wall)
    rest = Part(
        "rest",
        build.wall - sum(part.seconds for part in found),
        wall - sum(part.usual or 0.0 for part in found),
    )
    last = jobs[build.path[-1]] if build.path else None
    usually = _usually_last(before)
    return Parts((*found, rest), last, None if last is not None and usually == name_of(last) else usually)


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


def name_of(job: Row) -> Name:
    return Name(job["matrix"], job["name"])


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
        yield Part("job", timing.seconds - sum(part.seconds for part in waits), None, job)
        return
    passed = [run for result, run in ran if result == "passed"]
    yield from _of_run(timing, job, usual, _median(passed, lambda run: run.running) or known)


def _of_wait(timing: Timing, job: Row, runs: Sequence[Timing]) -> Iterable[Part]:
    """Nothing where a side does not know when the job could begin: then that is part of the rest."""
    waited = _median(runs, lambda run: run.waited)
    if timing.waiting is None or timing.waited is None or waited is None:
        return
    booting = _median(runs, lambda run: run.booting)
    if timing.booting is None or booting is None:
        # Together on both sides: else the boot of one would be a shorter wait of the other.
        waiting = _median(
            runs, lambda run: None if run.waiting is None else run.waiting + (run.booting or 0.0)
        )
        whole = _median(runs, lambda run: run.whole)
        boot = timing.booting or 0.0
        yield Part(
            "waiting",
            timing.waiting + boot,
            waiting,
            job,
            waited=timing.whole,
            usually_waited=whole,
            booted=timing.booting is not None or booting is not None,
        )
        return
    waiting = _median(runs, lambda run: run.waiting)
    yield Part("waiting", timing.waiting, waiting, job, None, timing.waited, waited)
    yield Part("booting", timing.booting, booting, job)


def _of_run(timing: Timing, job: Row, usual: Usual, running: float) -> Iterable[Part]:
    name = name_of(job)
    seconds = Counter[str]()
    for step in job["steps"]:
        if step["depth"] == 0:
            seconds[step["key"]] += step["duration"]
    usually = {step: found for (*of, step), found in usual.steps.items() if tuple(of) == name}
    if not seconds or not usually:
        yield Part("running", timing.running, running, job)
        return
    phases = LIFECYCLE.union(step["phase"] for step in job["steps"])
    for key in [*seconds, *(usually.keys() - seconds.keys())]:
        yield Part("step", seconds[key], usually.get(key), job, _called(key, phases))
    outside = timing.running - sum(seconds.values())
    yield Part("outside", outside, running - sum(usually.values()), job)


def _called(key: str, phases: AbstractSet[str]) -> str:
    """Its label; the phase of a step that did not run is known by its key alone."""
    phase, _, _ = key.partition(": ")
    return label(key, phase) if phase in phases else key


def _median(runs: Sequence[Timing], of: Callable[[Timing], float | None]) -> float | None:
    """None for too few."""
    known = [value for value in map(of, runs) if value is not None]
    return median(known) if len(known) >= SIDE else None


def _usually_last(before: Sequence[_Before]) -> Name | None:
    last = Counter(name_of(build.jobs[build.timed.path[-1]]) for build in before if build.timed.path)
    return last.most_common(1)[0][0] if last else None
