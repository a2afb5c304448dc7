"""What the simulation had each build wait for and run, and what it did to make one slow.

The cause is what makes a build shortest where it is as usual: each build is played once more for each thing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from statistics import median
from typing import NamedTuple

from buildtimetrend.demo.builds import SimulatedBuild, SimulatedJob
from buildtimetrend.demo.history import History
from buildtimetrend.demo.logs import Telling
from buildtimetrend.demo.organisation import GITHUB, GITLAB
from buildtimetrend.demo.projects import Project
from buildtimetrend.demo.runs.history import RunHistory
from buildtimetrend.demo.runs.run import Run, RunJob


class What(NamedTuple):
    """A job's `waiting` or one of its steps, or that jobs were tried `again`; `waiting` of no job: of all."""

    kind: str
    job: str = ""
    step: str = ""


@dataclass(frozen=True)
class PlayedJob:
    """`queued`, in Unix time, at the earliest: it also waits for the jobs at the places in `needs`."""

    id: str
    name: str | None
    matrix: str
    number: str | None
    queued: float
    waits: float
    boots: float | None
    steps: dict[str, float]
    outside: float
    needs: tuple[int, ...] | None
    passed: bool
    allow_failure: bool
    superseded: bool = False
    image: str = ""

    @property
    def entry(self) -> str:
        return f"{self.name}/{self.matrix}"

    @property
    def runs(self) -> float:
        return sum(self.steps.values()) + self.outside

    def seconds(self, what: What) -> float:
        return self.waits if what.kind == "waiting" else self.steps.get(what.step, 0.0)

    def taking(self, what: What, seconds: float) -> PlayedJob:
        if what.kind == "waiting":
            return replace(self, waits=seconds)
        return replace(self, steps=self.steps | {what.step: seconds})


@dataclass(frozen=True)
class Played:
    """A build that passed. Its wall time begins with its first job, or when it is queued: `from_queue`."""

    repo: str
    pipeline: str
    number: int
    queued: float
    jobs: tuple[PlayedJob, ...]
    from_queue: bool = False
    on_main: bool = True  # of the default branch, and no pull request's
    commit: str = ""

    def times(self) -> list[tuple[float, float, float]]:
        """When each job could begin, began and ended."""
        found: list[tuple[float, float, float]] = []
        for job in self.jobs:
            ready = max([job.queued, *(found[need][2] for need in job.needs or ())])
            found.append((ready, ready + job.waits, ready + job.waits + job.runs))
        return found

    @property
    def begins(self) -> float:
        return self.queued if self.from_queue else min(begin for _, begin, _ in self.times())

    @property
    def ends(self) -> float:
        return max(end for _, _, end in self.times())

    @property
    def wall(self) -> float:
        return self.ends - self.begins

    def with_one(self, what: What, seconds: float) -> Played:
        """The same with one thing taking so long, or with no job tried again."""
        if what.kind != "again":
            jobs = [job.taking(what, seconds) if job.entry == what.job else job for job in self.jobs]
            return replace(self, jobs=tuple(jobs))
        at_once = [replace(job, queued=self.queued) for job in self.jobs]
        none = [replace(job, waits=0.0, steps={}, outside=0.0) if job.superseded else job for job in at_once]
        return replace(self, jobs=tuple(none))


def planted(build: Played, before: Sequence[Played]) -> What:
    """What made the build longest, by how much shorter it is without that.

    Where no one thing makes half of it, all waits together may: in a busy hour every job waits, and a build
    of which one did not would begin earlier and end no sooner.
    """
    things = {What("waiting", job.entry) for job in build.jobs}
    things |= {What("step", job.entry, step) for job in build.jobs for step in job.steps}
    usual = {what: _usually(what, before) for what in sorted(things)}
    known = [(what, seconds) for what, seconds in usual.items() if seconds is not None]
    played = [(build.with_one(what, seconds).wall, what) for what, seconds in known]
    if any(job.superseded for job in build.jobs):
        played.append((build.with_one(What("again"), 0.0).wall, What("again")))
    half = build.wall - (build.wall - median(one.wall for one in before)) / 2
    if min(played)[0] > half and _without_waits(build, usual).wall <= half:
        return What("waiting")
    return min(played)[1]


def _without_waits(build: Played, usual: Mapping[What, float | None]) -> Played:
    for what, seconds in usual.items():
        if what.kind == "waiting" and seconds is not None:
            build = build.with_one(what, seconds)
    return build


def _usually(what: What, before: Sequence[Played]) -> float | None:
    """A job that failed says nothing about how long a step takes."""
    jobs = (job for one in before for job in one.jobs if job.entry == what.job)
    found = [job.seconds(what) for job in jobs if job.passed or what.kind == "waiting"]
    return median(found) if found else None


def of_the_demo(now: int, seed: int = 1) -> Iterator[Played]:
    """The builds that passed, of all that the demo simulates."""
    yield from of_travis(History(seed=seed, now=now))
    for runs in (RunHistory(GITHUB, seed=seed, now=now), RunHistory(GITLAB, seed=seed, now=now)):
        every = chain.from_iterable(
            (runs.run(slug, place) for place in runs.places(slug)) for slug in runs.repositories
        )
        yield from (_of_run(runs, run) for run in every if run.state == "passed")


def of_travis(history: History) -> Iterator[Played]:
    slugs = [slug for slug, project in history.projects.items() if project.told]
    builds = (history.build(slug, number) for slug in slugs for number in history.numbers(slug))
    yield from (_of_build(build) for build in builds if build and build.state == "passed")


def _of_build(build: SimulatedBuild) -> Played:
    jobs = tuple(_travis_job(job) for job in build.jobs if job.started_at is not None)
    return Played(
        build.project.slug,
        "",
        build.number,
        build.queued_at,
        jobs,
        on_main=_on_main(build.project, build.event_type, build.branch, build.tag),
        commit=build.commit.sha,
    )


def _travis_job(job: SimulatedJob) -> PlayedJob:
    assert isinstance(job.source, Telling)
    assert job.started_at is not None
    times, steps = job.source.times(), Counter[str]()
    for block in job.source.recording.blocks:
        if job.state == "passed":
            steps[f"{block.phase}: {block.command}"] += round(
                (times[block.finish] - times[block.start]) / 1e9
            )
    return PlayedJob(
        id=str(job.id),
        name=None,
        matrix=" ".join(f"{name} {value}" for name, value in sorted(job.config.items())),
        number=job.number,
        queued=job.queued_at,
        waits=job.started_at - job.queued_at,
        boots=job.source.boot,
        steps=dict(steps),
        outside=(job.duration or 0) - sum(steps.values()),
        needs=None,
        passed=job.state == "passed",
        allow_failure=job.allow_failure,
        image=str(job.config.get("dist", "")),
    )


def _of_run(runs: RunHistory, run: Run) -> Played:
    repeats = runs.dialect.attempts_are_runs
    ran = [job for job in (run.own_jobs if repeats else run.jobs) if job.ran]
    last = {job.name: job.id for job in ran}
    begun = {job.attempt: min(one.queued_at for one in ran if one.attempt == job.attempt) for job in ran}
    jobs: list[PlayedJob] = []
    for job in ran:
        needs = [
            place
            for place, other in enumerate(ran[: len(jobs)])
            if other.definition.key in job.definition.needs and last[other.name] == other.id
        ]
        jobs.append(_run_job(job, begun[job.attempt], tuple(needs), last[job.name] != job.id))
    pipeline = runs.dialect.key(run.pipeline, run.event)
    on_main = _on_main(run.repository.project, run.event, run.branch, run.tag)
    return Played(
        run.slug, pipeline, run.number, min(begun.values()), tuple(jobs), repeats, on_main, run.commit.sha
    )


def _on_main(project: Project, event: str, branch: str, tag: str | None) -> bool:
    return event != "pull_request" and tag is None and branch == project.main_branch


def _run_job(job: RunJob, queued: float, needs: tuple[int, ...], superseded: bool) -> PlayedJob:
    assert job.started_at is not None
    steps = {step.name: float(step.finished_at - step.started_at) for step in job.steps}
    return PlayedJob(
        id=str(job.id),
        name=job.name,
        matrix="",
        number=None,
        queued=queued,
        waits=job.started_at - job.queued_at,
        boots=None,
        steps=steps,
        outside=job.duration - sum(steps.values()),
        needs=needs,
        passed=job.state == "passed",
        allow_failure=job.definition.allow_failure,
        superseded=superseded,
    )
