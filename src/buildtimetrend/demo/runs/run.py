"""What a simulated GitHub or GitLab knows of a run (there: pipeline). Times are whole seconds since 1970."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from buildtimetrend.demo.builds import Commit
from buildtimetrend.demo.runs.definitions import JobDefinition, Pipeline, Repository, Values

State: TypeAlias = Literal["passed", "failed", "canceled", "skipped", "manual", "running"]


@dataclass(frozen=True, slots=True)
class RunStep:
    number: int
    name: str
    state: State
    started_at: int
    finished_at: int


@dataclass(frozen=True, slots=True)
class RunJob:
    """`attempt` is the one that ran it. One that never ran has a `finished_at` all the same, and no start."""

    id: int
    name: str
    definition: JobDefinition
    values: Values
    state: State
    attempt: int
    queued_at: int
    started_at: int | None
    finished_at: int | None
    steps: tuple[RunStep, ...] = ()
    runner: int = 0  # its number
    retried: bool = False

    @property
    def ran(self) -> bool:
        return self.started_at is not None

    @property
    def waived(self) -> bool:
        """Whether nothing was to be done, so that there is no end of it either."""
        return self.state in {"skipped", "manual"}

    @property
    def steps_run(self) -> int:
        return sum(step.state != "skipped" for step in self.steps)

    @property
    def duration(self) -> int:
        return self.finished_at - self.started_at if self.started_at and self.finished_at else 0


@dataclass(frozen=True, slots=True)
class Pull:
    number: int
    title: str
    branch: str
    fork: str | None  # owner/name of the repo that it comes from, if another


@dataclass(frozen=True, slots=True)
class Run:
    """`jobs` are all that the CI lists of this attempt, those that an earlier one ran among them."""

    repository: Repository
    pipeline: Pipeline
    id: int
    number: int
    attempt: int
    state: State
    event: str  # push, pull_request, cron, api or, of a child, parent
    branch: str
    tag: str | None
    pull: Pull | None
    commit: Commit
    created_at: int
    queued_at: int  # of this attempt
    updated_at: int  # when the last of all attempts ended
    jobs: tuple[RunJob, ...]
    bridge: RunJob | None = None  # the job that started it, of a child
    children: tuple[tuple[int, int], ...] = ()  # of bridges: id of the job, id of the run that it started

    @property
    def slug(self) -> str:
        return self.repository.project.slug

    @property
    def own_jobs(self) -> tuple[RunJob, ...]:
        """Those that this attempt ran, or skipped."""
        return tuple(job for job in self.jobs if job.attempt == self.attempt)

    @property
    def started_at(self) -> int | None:
        return min((job.started_at for job in self.jobs if job.started_at is not None), default=None)

    @property
    def finished_at(self) -> int | None:
        ends = [job.finished_at for job in self.jobs if not job.waived]
        known = [end for end in ends if end is not None]
        return max(known) if known and len(known) == len(ends) else None

    def running(self) -> Run:
        """The same before its jobs were done."""
        return replace(self, state="running", jobs=tuple(map(_running, self.jobs)))

    def lagging(self) -> Run:
        """The same when all jobs have ended, and the run does not know."""
        return replace(self, state="running")


def _running(job: RunJob) -> RunJob:
    return replace(job, state="running", finished_at=None, steps=()) if job.ran else job


@dataclass(frozen=True, slots=True)
class Place:
    """Which run: of that change of the repository, that pipeline, by its position."""

    change: int
    pipeline: int
