"""Wire shapes of builds, their jobs and steps."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from buildtimetrend.model import LogState, Result
from buildtimetrend.web.analysis.explained.parts import Kind


class Build(BaseModel):
    """One attempt of a build. `duration` is wall time, `jobs` a count."""

    provider: str
    instance: str
    repo: str
    build_id: str
    number: str
    attempt: int
    result: Result | None
    raw_result: str
    branch: str | None
    tag: str | None
    commit: str | None
    message: str | None
    author: str | None
    trigger: str | None
    pull_request: str | None
    pull_request_title: str | None
    url: str | None
    queued_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    duration: float | None
    jobs: int


class Builds(BaseModel):
    builds: list[Build]


class Step(BaseModel):
    """One timed part of a job. `depth` counts the steps around it: sum those of depth 0 only."""

    position: int
    name: str = Field(description="within the job; `script.2` says where it stands, not what it runs")
    key: str = Field(description="what it is known by in every build: its phase and what it is called")
    label: str = Field(description="what it is called: its own name, or the command made comparable, cut")
    phase: str
    command: str | None
    depth: int
    started_at: datetime
    finished_at: datetime
    duration: float
    usual: float | None = Field(
        description="its median in the builds before (s), as in the attempt's `usual`"
    )
    difference: float | None = Field(description="how much longer it took (s)")


class Job(BaseModel):
    provider: str
    instance: str
    repo: str
    build_id: str
    build_number: str
    attempt: int
    job_id: str
    number: str | None
    name: str | None
    stage: str | None
    result: Result | None
    raw_result: str
    branch: str | None
    trigger: str | None
    allow_failure: bool
    queued_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    duration: float | None
    queue_time: float | None
    matrix: str
    matrix_values: dict[str, str]
    language: str | None
    os: str | None
    worker_hostname: str | None
    worker_instance: str | None
    worker_facts: dict[str, str]
    boot_time: float | None
    exit_reason: str | None
    exit_code: int | None
    exit_command: str | None
    exit_phase: str | None
    exit_message: str | None
    log_state: LogState


class Jobs(BaseModel):
    jobs: list[Job]


class Beside(BaseModel):
    """`usual` is the median (s) over the passed builds before, null of fewer than 10; `difference` (s) what
    this took beyond it, null of what did not pass.
    """

    usual: float | None
    difference: float | None


class StepBeside(Step, Beside):
    """Compared are steps of depth 0, by their keys."""


class JobWithSteps(Job, Beside):
    """`critical`: the build waited for it, as far as times tell. `steps_dropped`: they were there, and were
    older than `store.keep_steps_days`.
    """

    critical: bool
    steps_dropped: bool
    steps: list[StepBeside]


class Part(BaseModel):
    """A part of a build's wall time (s) along its critical path, of the usual one, and of their difference.

    `kind`: `waiting` for a worker, `booting`, a `step`, what lies `outside` of steps, a job that is `running`
    where its steps are not known, a `job` without a usual time, held against what is left of the build's, or
    the `rest`: gaps between jobs, less what usually goes by until another job ends. `usual` is null where it
    is not known, and counts as 0.
    """

    kind: Kind
    job: str | None = Field(description="the job's number, or its name")
    job_id: str | None
    step: str | None
    seconds: float
    usual: float | None
    difference: float
    waited: float | None = Field(description="all of the wait (s), also before the build's first job began")
    usually_waited: float | None
    booted: bool = Field(description="whether booting is in a wait")


class Explanation(BaseModel):
    """Why a build took longer or less than usual: a sentence, and parts that add up to its difference.

    `parts` is empty where nothing is compared; the sentence says why.
    """

    sentence: str
    parts: list[Part]
    usually_last: str | None = Field(description="the job that usually ends last, where another one did")


class BuildBeside(Build, Beside):
    """`compared_builds` is how many passed builds were there to compare with, 20 at most; below 10 nothing
    is usual.
    """

    compared_builds: int
    explanation: Explanation


class Attempt(BaseModel):
    build: BuildBeside
    jobs: list[JobWithSteps]


class BuildDetail(BaseModel):
    """Every attempt of the builds with that number, oldest first."""

    attempts: list[Attempt]


class StepSummary(BaseModel):
    """All runs of the steps of one key; only those that lie in no other step. `name` is what it is called."""

    key: str
    name: str
    phase: str
    runs: int
    average: float
    p50: float
    p95: float
    total: float


class Steps(BaseModel):
    steps: list[StepSummary]
