"""What may have made a build longer or shorter: its jobs, each held against the same in earlier builds."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from statistics import median
from typing import Literal, TypeAlias

from buildtimetrend.critical_path.timings import Row, Timed, Timing, Wait, seconds_by_step
from buildtimetrend.enough import SIDE
from buildtimetrend.model import Result
from buildtimetrend.store.reads import Usual
from buildtimetrend.web.analysis.explained.job_names import Name, name_of, step_title, title_of
from buildtimetrend.web.analysis.explained.parts import Comparison, EarlierBuild

Kind: TypeAlias = Literal[
    "waiting",
    "booting",
    "step",
    "outside",
    "running",
    "job",
    "again",
    "between",
    "another",
    "absent",
    "left_out",
    "at_times",
    "ran",
    "rest",
]

BEFORE_ALL = 0.25  # of a wait, before the first job began: less of it is not told


@dataclass(frozen=True, slots=True)
class Cause:
    """Seconds of the build's wall time, and what they usually are. No `usual`: not known, and counted as 0.

    For a step `make` that took 90 s, usually 60 s: `Cause("step", 90.0, 60.0, job=job, step="make",
    key="script: make")`.

    `kind`, of a job on the critical path: `waiting` for a worker; `booting`; a `step`; `outside`,
    what it ran outside of its steps; `running`, all that it ran, where its steps are not known; `job`, the
    same where the job has no usual time; `again`, until it began once more; `another`: it ended last, and
    usually the one that is in `instead` does. Without a job it is of the whole path; `between` is what no job
    of it is known to have waited or run; `absent`, that the job which is in `instead` did not run; `ran`,
    all that its jobs ran; `rest`, what they ran beside the cause that stands before it. Of the wall time:
    `left_out`, that the job which is in `instead` did not run, as it did in some of the builds before (how
    many, of how many: `ran_in`); `at_times`, that it did: `seconds` are what those take that are alike in it.

    `waited` and `usually_waited` are the whole wait. A job that waited 300 s, the first 10 s of them before
    the build's first job began, has `seconds` of 290. `booted`: booting is in them.
    `of_path`: what is usual is so of the path, whichever jobs it had, and not of this job.
    """

    kind: Kind
    seconds: float
    usual: float | None
    job: Row | None = None
    step: str | None = None
    key: str | None = None
    waited: float | None = None
    usually_waited: float | None = None
    booted: bool = False
    instead: str | None = None
    of_path: bool = False
    ran_in: tuple[int, int] = (0, 0)

    @property
    def difference(self) -> float:
        return self.seconds - (self.usual or 0.0)

    @property
    def began_before(self) -> bool:
        """Whether much of the wait was over when the first job began, or of what it differs by: then all of
        it explains nothing.
        """
        waited, usually = self.waited or 0.0, self.usually_waited or 0.0
        longer, within = max((waited, self.seconds), (usually, self.usual or 0.0))
        differs = abs(waited - usually - self.difference)
        return longer - within > BEFORE_ALL * longer or differs > BEFORE_ALL * abs(self.difference)


def causes_of_jobs(
    build: Timed, jobs: Sequence[Row], usual: Usual, before: Sequence[EarlierBuild], wall: float
) -> list[Cause]:
    """Of each job on the critical path, held against the same job in the builds `before`.

    Medians of whatever job ended last would be no measure of a step: where two jobs take turns in that, half
    of each one's steps would be usual.
    """
    found = [
        cause for place in build.path for cause in _of_job(build.jobs[place], jobs[place], usual, before)
    ]
    found += [Cause("again", seconds, 0.0, job=jobs[place]) for place, seconds in build.again.items()]
    return _with_what_is_left(found, wall)


def causes_of_path(found: Comparison, path: Sequence[Row], phases: AbstractSet[str]) -> list[Cause]:
    """Of all jobs on the critical path together, whichever they were: as the table has them. Of their steps
    those that every path has: of another one a part of its time would be usual. Where it is one job alone
    that is who waited.
    """
    now, usual = found.now, found.usual
    wait = Cause("waiting", now.waiting, usual.waiting, waited=now.waiting, usually_waited=usual.waiting)
    steps = [
        Cause(
            "step",
            found.steps[key],
            found.usual_steps[key],
            step=step_title(key, phases),
            key=key,
            of_path=True,
        )
        for key in sorted(found.common & found.steps.keys())
    ]
    return [
        replace(wait, job=path[0] if len(path) == 1 else None, booted=found.booted, of_path=True),
        Cause("booting", now.booting, usual.booting, of_path=True),
        *steps,
    ]


def as_of_path(cause: Cause, found: Comparison) -> Cause:
    """A wait that is told from the first job on is told as the table has it, where the path is that job
    alone: else sentence, bar and table would have three figures of one wait.
    """
    if cause.kind != "waiting" or not cause.began_before:
        return cause
    boots = (found.now.booting, found.usual.booting) if cause.booted else (0.0, 0.0)
    return replace(
        cause,
        seconds=found.now.waiting + boots[0],
        usual=found.usual.waiting + boots[1],
        booted=cause.booted or found.booted,
        of_path=True,
    )


def another_last(last: Row, usually: Name, rest: float) -> Cause:
    """The job that ended `last`, though `usually` another one does; `rest` (s) is what its own usual times
    are beyond the usual wall time, as far as the build is longer.
    """
    return Cause("another", rest, 0.0, job=last, instead=title_of(usually))


def absent_jobs(build: Timed, jobs: Sequence[Row], before: Sequence[EarlierBuild]) -> list[Cause]:
    """Jobs that are mostly on the critical path, and not in this build: as one that runs some jobs again."""
    here = {name_of(jobs[place]) for place in build.jobs}
    seconds = defaultdict(list)
    for one in before:
        for place in one.timed.path:
            seconds[name_of(one.jobs[place])].append(one.timed.jobs[place].seconds)
    return [
        Cause("absent", 0.0, median(found), instead=title_of(name))
        for name, found in seconds.items()
        if name not in here and 2 * len(found) > len(before)
    ]


def usually_last(before: Sequence[EarlierBuild]) -> Name | None:
    """The job that mostly ended last."""
    last = Counter(name_of(build.jobs[build.timed.path[-1]]) for build in before)
    return last.most_common(1)[0][0] if last else None


def _with_what_is_left(causes: Sequence[Cause], wall: float) -> list[Cause]:
    """A job without a usual time is held against what is left of the usual wall time: so that it explains no
    more than the difference, and a wait beside it stays the cause that it is.
    """
    left = wall - sum(cause.usual or 0.0 for cause in causes)
    unknown = [place for place, cause in enumerate(causes) if cause.kind == "job"]
    if not unknown or left <= 0:
        return list(causes)
    last = unknown[-1]
    return [replace(cause, usual=left) if place == last else cause for place, cause in enumerate(causes)]


def _of_job(timing: Timing, job: Row, usual: Usual, before: Sequence[EarlierBuild]) -> Iterable[Cause]:
    ran = [
        (one["result"], build.timed.jobs[place])
        for build in before
        for place, one in enumerate(build.jobs)
        if name_of(one) == name_of(job) and place in build.timed.jobs
    ]
    # How long a job waited says the same whatever came of it; of one that ran too seldom, other jobs tell.
    own = [run.wait for _, run in ran if run.wait is not None]
    every = [run.wait for build in before for run in build.timed.jobs.values() if run.wait is not None]
    waits = list(_of_wait(timing.wait, job, own if len(own) >= SIDE else every))
    yield from waits
    known = usual.jobs.get(name_of(job))
    if known is None:
        yield Cause("job", timing.seconds - sum(cause.seconds for cause in waits), usual=None, job=job)
        return
    running = _median(run.running for result, run in ran if result == Result.PASSED)
    yield from _of_run(timing, job, usual, running or known)


def _of_wait(wait: Wait | None, job: Row, before: Sequence[Wait]) -> Iterable[Cause]:
    """Nothing where a side does not know when jobs could begin."""
    if wait is None or len(before) < SIDE:
        return
    booting = _median(one.booting for one in before)
    if wait.booting is None or booting is None:
        # Together on both sides: else the boot of one would be a shorter wait of the other.
        cause = _waiting(wait.with_boot(), [one.with_boot() for one in before], job)
        yield replace(cause, booted=wait.booting is not None or booting is not None)
        return
    yield _waiting(wait, before, job)
    yield Cause("booting", wait.booting, booting, job=job)


def _waiting(wait: Wait, before: Sequence[Wait], job: Row) -> Cause:
    return Cause(
        kind="waiting",
        seconds=wait.waiting,
        usual=median(one.waiting for one in before),
        job=job,
        waited=wait.waited,
        usually_waited=median(one.waited for one in before),
    )


def _of_run(timing: Timing, job: Row, usual: Usual, running: float) -> Iterable[Cause]:
    name = name_of(job)
    seconds = seconds_by_step(job)
    usually = {step: found for (*of, step), found in usual.steps.items() if tuple(of) == name}
    if not seconds or not usually:
        yield Cause("running", timing.running, running, job=job)
        return
    phases = {step["phase"] for step in job["steps"]}
    for key in [*seconds, *sorted(usually.keys() - seconds.keys())]:
        step = step_title(key, phases)
        yield Cause("step", seconds[key], usually.get(key), job=job, step=step, key=key)
    outside = timing.running - sum(seconds.values())
    # Medians of steps that take turns may add up to more than the job usually runs.
    yield Cause("outside", outside, max(0.0, running - sum(usually.values())), job=job)


def _median(values: Iterable[float | None]) -> float | None:
    """Of those that are known; None for too few."""
    known = [value for value in values if value is not None]
    return median(known) if len(known) >= SIDE else None
