"""Wire shapes of builds, their jobs and steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar, get_origin

from pydantic import BaseModel, Field, create_model

from buildtimetrend.store.columns import BUILD, JOB, STEP, Column, Columns
from buildtimetrend.web.analysis.explained.causes import Kind as CauseKind
from buildtimetrend.web.analysis.explained.parts import Kind as PartKind
from buildtimetrend.web.analysis.explained.verdict import Word

Model = TypeVar("Model", bound=BaseModel)


def _with_columns(
    columns: Columns[Any], renamed: Mapping[str, str] = {}
) -> Callable[[type[Model]], type[Model]]:
    """Gives a shape a field for each column, after those that it says itself."""

    def complete(shape: type[Model]) -> type[Model]:
        fields: dict[str, Any] = {
            renamed.get(column.name, column.name): (_type(column), Field(description=column.field.says))
            for column in columns.all
        }
        return create_model(shape.__name__, __base__=shape, __doc__=shape.__doc__, **fields)

    return complete


def _type(column: Column) -> Any:
    kind = column.field.kind
    if get_origin(kind) is not None:
        kind = list[str] if get_origin(kind) is tuple else dict[str, str]
    return kind | None if column.optional else kind


@_with_columns(BUILD, {"commit_id": "commit"})
class Build(BaseModel):
    """One attempt of a build. `duration` is wall time, `jobs` a count."""

    repo: str
    attempt: int
    pipeline: str = Field(description="the CI's stable key of what it runs; empty where a repo has just one")
    pipeline_name: str | None
    pipeline_url: str | None
    branch: str | None = Field(description="of a fork with its owner before it, as in octocat:main")
    duration: float | None
    jobs: int


class Builds(BaseModel):
    builds: list[Build]


@_with_columns(STEP)
class Step(BaseModel):
    """One timed part of a job. `depth` counts the steps around it: sum those of depth 0 only.

    One that did not run has no times.
    """

    position: int
    key: str = Field(description="what it is known by in every build: its phase and what it is called")
    label: str = Field(description="what it is called: its own name, or the command made comparable, cut")
    started_at: datetime | None
    finished_at: datetime | None
    duration: float | None
    usual: float | None = Field(
        description="its median in the builds before (s), as in the attempt's `usual`"
    )
    difference: float | None = Field(description="how much longer it took (s)")


@_with_columns(JOB)
class Job(BaseModel):
    """One run on one worker. Times of `boot_time`, `queue_time` and `blocked_time` in seconds."""

    provider: str
    instance: str
    repo: str
    build_id: str
    build_number: str
    attempt: int
    branch: str | None
    trigger: str | None
    duration: float | None
    queue_time: float | None = Field(description="waiting for a worker")
    blocked_time: float | None = Field(description="waiting for a person")
    language: str | None
    os: str | None
    worker_facts: dict[str, str]


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
    waited: float | None = Field(description="how long it waited for a worker (s), without booting")
    steps_dropped: bool
    steps: list[StepBeside]


class Part(BaseModel):
    """A part of a build's wall time (s) along its critical path, of the usual one, and of their difference.

    `kind`: `waiting` for a worker; `booting`; a `step`, the longest or
    one that is a cause; all `other` that its jobs ran; `again`, until a job that was tried before could begin
    again; `between`, what no job is known to have waited or run. Usual is the middle half of the passed
    builds before, made to add up to the usual wall time.
    """

    kind: PartKind
    step: str | None
    seconds: float
    usual: float
    difference: float
    booted: bool = Field(description="whether booting is in a wait, since one side alone tells it")


class Cause(BaseModel):
    """What accounts for half or more of a build's difference (s), alone or with one or two others, which may
    differ the other way and make up for some of it.

    A job is held against the same job in the builds before; without one the cause is of all of the critical
    path. `kind`: `waiting`, `booting`, a `step`, what lies `outside` of steps, a job that is `running` where
    its steps are not known, a `job` without a usual time, one that was tried `again`, `between` jobs,
    `another` job that ended last, one that was `absent`, all that `ran`, or the `rest` of that; of builds of
    which some have a job and some do not, that it was `left_out`, or ran as it does `at_times`.
    `usual` is null where it is not known, and counts as 0.
    """

    kind: CauseKind
    job: str | None = Field(description="the job's number, or its name")
    job_id: str | None
    step: str | None
    seconds: float
    usual: float | None
    difference: float
    waited: float | None = Field(description="all of the wait (s), also before the build's first job began")
    usually_waited: float | None
    booted: bool = Field(description="whether booting is in a wait")


class Verdict(BaseModel):
    """Whether a build took longer or shorter than usual, and why.

    `sentence` says it, `more` what else there is to say, `brief` the causes in a few words. `parts` add up to
    the wall time, to the usual one and to the difference; empty where nothing is compared: then the sentence
    says why.
    """

    word: Word
    sentence: str
    more: str
    brief: str
    parts: list[Part]
    causes: list[Cause]
    usually_last: str | None = Field(description="the job that usually ends last, where another one did")


class ShortVerdict(Verdict, Beside):
    """With what is usual for the build, and by how much it differs."""


class BuildVerdict(BaseModel):
    """Of one attempt of a build that passed."""

    provider: str
    build_id: str
    number: str
    attempt: int
    verdict: ShortVerdict


class BuildVerdicts(BaseModel):
    verdicts: list[BuildVerdict]


class BuildBeside(Build, Beside):
    """`compared_builds` is how many passed builds were there to compare with, 20 at most; below 10 nothing
    is usual.
    """

    compared_builds: int
    verdict: Verdict


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


class StepGroup(BaseModel):
    """Runs of a step, all or those of one job or branch: durations in seconds. `p95` of 20 runs or more."""

    name: str = ""
    runs: int
    median: float
    p95: float | None
    total: float
    failed: int


class Counted(BaseModel):
    text: str
    runs: int


class StepRun(BaseModel):
    """One run. `result` is of its job, `step_result` of the step, where the CI says one."""

    build_id: str
    build_number: str
    provider: str
    attempt: int
    job_id: str
    name: str | None
    matrix: str
    branch: str | None
    result: str
    step_result: str | None
    command: str | None
    seconds: float
    finished_at: datetime = Field(description="when its job ended")


class DistributionBar(BaseModel):
    """Runs that took from `since` to `until` (s); the last one has those that took longer as well."""

    since: float
    until: float
    runs: int


class OneStep(StepGroup):
    """A step in the latest 10,000 jobs of the range; of jobs, branches and commands the most frequent."""

    key: str
    phase: str
    jobs: list[StepGroup]
    branches: list[StepGroup]
    commands: list[Counted]
    names: list[Counted]
    distribution: list[DistributionBar]
    slowest: list[StepRun]


class JobRun(BaseModel):
    build_id: str
    build_number: str
    provider: str
    attempt: int
    job_id: str
    branch: str | None
    result: str
    seconds: float
    queue_time: float | None
    finished_at: datetime


class OneJob(StepGroup):
    """A job in its latest 10,000 runs of the range; of branches the most frequent.

    `waited` and `waited_p95` (s) are waits for a worker. It is on the critical path of `critical` builds out
    of `looked_at`, the middle half of each bucket; both are 0 where those are too few to tell.
    """

    job: str
    matrix: str
    waited: float | None
    waited_p95: float | None
    critical: int
    looked_at: int
    branches: list[StepGroup]
    steps: list[StepSummary]
    distribution: list[DistributionBar]
    slowest: list[JobRun]
