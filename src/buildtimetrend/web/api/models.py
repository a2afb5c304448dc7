"""The shapes of what goes in and out, for the OpenAPI document."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

from fastapi import Path, Query
from pydantic import BaseModel, Field

from buildtimetrend.enough import Verdict
from buildtimetrend.filters import FILTERS, Filter
from buildtimetrend.model import LogState, Result
from buildtimetrend.web.analysis.overview import Show, Sort
from buildtimetrend.web.params import Parameters, Text, with_fields

# No part is `.` or `..`: a browser goes up a folder there, and comes to another page.
SLUG = r"^(?!(.*/)?[.]{1,2}(/|$))[A-Za-z0-9_.~-]+(/[A-Za-z0-9_.~-]+)+$"


def _slug(value: str) -> str:
    """Of a pattern that pydantic checks, the error message would show the pattern."""
    if not re.fullmatch(SLUG, value):
        raise ValueError("must be owner/name, of letters, digits, '.', '_', '~' and '-'")
    return value


Repo: TypeAlias = Annotated[str, Path(description="owner/name; the slash may be encoded", max_length=1000)]
Name: TypeAlias = Annotated[str, Path(max_length=200)]
Limit: TypeAlias = Annotated[int, Query(ge=1, le=1000, description="most entries in the answer")]
Offset: TypeAlias = Annotated[int, Query(ge=0, le=10**9, description="entries to pass over")]


CHANGE = Field(
    description="of the median since then, in percent; null where less than 10 builds on a side, or less "
    "than a second, is too little to tell"
)
VERDICT = Field(
    description="what the change means: slower and faster are those of a second and 5 % or more, and beyond "
    "what chance does with 95 %, by the quartiles of both sides; else why not"
)


class ListParameters(Parameters):
    limit: int = Field(default=100, ge=1, le=1000, description="most entries in the answer")
    offset: int = Field(default=0, ge=0, le=10**9, description="entries to pass over")


class ProjectParameters(ListParameters):
    q: str = Field(default="", max_length=200, description="words that the name has, all of them")
    sort: Sort = Field(
        default="name", description="order; with - in front from the largest; unknown ones last"
    )
    show: Show = Field(
        default="all", description="all, or those whose last build broke, that became slower, without builds"
    )
    trend: bool = Field(default=False, description="with the medians of the range's buckets")


class ChartParameters(Parameters):
    format: Literal["json", "csv"] | None = Field(
        default=None, description="json or csv; the Accept header decides when it is not given"
    )


class BuildsParameters(ListParameters):
    q: str = Field(
        default="",
        max_length=200,
        pattern=r"^[^\x00]*$",
        description="words, all of them in number, commit, message, author, branch, tag or pull request",
    )


class StepParameters(Parameters):
    step: Text = Field(description="its `key`, as in the list of steps")


class JobParameters(Parameters):
    job: Text = Field(description="its name, with its entry of the matrix in brackets where it has both")


class WhichParameters(BaseModel):
    """Which of several builds with one number is meant."""

    pipeline: str = Field(
        default="", max_length=1000, description="its pipeline, as filter_pipeline names it"
    )
    instance: str = Field(default="", max_length=2000, description="base URL of the CI system")
    id: str = Field(default="", max_length=1000, description="the CI's own of the build")


class ErrorBody(BaseModel):
    code: str
    message: str
    detail: str | None = Field(description="the field or value at fault")


class Problem(BaseModel):
    """What every error looks like."""

    error: ErrorBody


class Project(BaseModel):
    """A repo's figures in the range, and its last build of all. Shares are in percent."""

    repo: str
    provider: str | None
    builds: int
    jobs: int
    average_duration: float | None
    median_duration: float | None
    previous_median_duration: float | None = Field(description="in the range of the same length before")
    compared_builds: int = Field(description="whose durations the median is of")
    previous_builds: int = Field(description="the same in the range before")
    change: float | None = CHANGE
    change_verdict: Verdict = VERDICT
    success_rate: float | None
    several_pipelines: bool = Field(
        description="then durations are null: they are those of `/projects/{repo}/pipelines`"
    )
    last_build: str | None
    last_result: Result | None
    last_branch: str | None
    last_finished_at: datetime | None
    quiet: bool = Field(description="whether that is more than 90 days ago")
    trend: list[float | None] | None = Field(
        default=None, description="the median duration in each of the buckets, with trend=true"
    )


class Projects(BaseModel):
    """`total` counts all that were asked for, `buckets` are the starts of those of `trend`."""

    projects: list[Project]
    total: int
    buckets: list[datetime]


class Totals(BaseModel):
    """`failed` counts errored jobs too; `success_rate` (%) leaves canceled and skipped ones out, and is
    null where a result is chosen.

    `change` (%) is that of the median duration since the range of the same length before.
    """

    builds: int
    jobs: int
    passed: int
    failed: int
    success_rate: float | None
    average_duration: float | None
    median_duration: float | None
    p95_duration: float | None
    previous_median_duration: float | None
    compared_builds: int
    previous_builds: int
    change: float | None = CHANGE
    change_verdict: Verdict = VERDICT
    queue_median: float | None
    last_failed_at: datetime | None
    days_since_fail: int | None


class WallFigures(BaseModel):
    """Of builds, each by its last attempt in the range; durations in seconds, shares in percent.

    `median` and `p95` are of the wall time of the `timed` builds, those that passed, failed or errored;
    `waited_median` and `waited_p95` of the longest wait for a worker that a job of a build had, of the
    `waited` builds where it is known. `jobs` and `job_time` are of all attempts.
    """

    builds: int
    passed: int
    failed: int
    canceled: int
    success_rate: float | None
    timed: int
    median: float | None
    p95: float | None
    previous_timed: int
    previous_median: float | None
    change: float | None = CHANGE
    change_verdict: Verdict = VERDICT
    waited: int
    waited_median: float | None
    waited_p95: float | None
    jobs: int
    job_time: float


class Gap(BaseModel):
    """Numbers of builds that are not stored, both included."""

    provider: str
    instance: str
    pipeline: str = Field(description="its key; empty where a repo has just one")
    first: int
    last: int


class Quality(BaseModel):
    """Last build, last delivery and tasks are of all times, all else is of the range.

    `started_jobs` are those that might have a log, `log_states` counts those whose log is not there whole.
    `gaps` are the first few in the numbers of builds, `missing_builds` counts the builds of all; a CI whose
    builds have no numbers of their own, one after the other, has none.
    """

    last_delivery_at: datetime | None
    last_build_at: datetime | None
    started_jobs: int
    jobs_without_log: int
    share_without_log: float | None
    log_states: dict[LogState, int]
    missing_builds: int
    gaps: list[Gap]
    waiting_tasks: int
    failed_tasks: int


def _values(row: Filter) -> tuple[Any, Any]:
    value: Any = row.values or str
    return list[value], ...


@with_fields({row.name: _values(row) for row in FILTERS.values()})
class Choices(BaseModel):
    """Values that the filters can take in the range."""


class Pipeline(BaseModel):
    """A pipeline's figures in the range. Durations are wall time of builds (s), shares in percent."""

    pipeline: str = Field(description="the CI's stable key; empty where a CI system has just one")
    name: str | None = Field(description="the latest, if not as the key")
    label: str = Field(description="what people call it, unlike the others")
    reference: str = Field(description="for `filter_pipeline`: it names this one alone")
    id: str = Field(description="ours, in decimal; `filter_pipeline` takes it, too")
    provider: str
    instance: str
    url: str | None
    jobs: int
    builds: int
    job_time: float = Field(description="of all jobs (s)")
    median_duration: float | None
    previous_median_duration: float | None = Field(description="in the range of the same length before")
    compared_builds: int
    previous_builds: int
    change: float | None = CHANGE
    change_verdict: Verdict = VERDICT
    success_rate: float | None = Field(description="of jobs")
    last_build: str | None
    last_result: Result | None
    last_branch: str | None
    last_finished_at: datetime | None
    trend: list[float | None] = Field(description="the median duration in each bucket of the range")


class Pipelines(BaseModel):
    pipelines: list[Pipeline]


class ProjectDetail(BaseModel):
    repo: str
    since: datetime
    until: datetime
    interval: str
    totals: Totals
    wall: WallFigures


class ChartInfo(BaseModel):
    name: str
    title: str
    unit: str
    help: str


class Charts(BaseModel):
    charts: list[ChartInfo]


class ProviderInfo(BaseModel):
    name: str
    instance: str
    hook: str = Field(description="path that takes its webhooks")


class RepoOfCI(BaseModel):
    repo: str = Field(min_length=1, max_length=1000, description="owner/name, or the address of a page of it")


class Access(BaseModel):
    """Whether the CI lets this service read the repo's builds; `said` is for people, also why not."""

    works: bool
    repo: str
    said: str
    received_at: datetime | None = Field(description="when the last webhook of that CI came")


class Providers(BaseModel):
    providers: list[ProviderInfo]


class BadgeInfo(BaseModel):
    type: str
    label: str
    help: str


class Badges(BaseModel):
    badges: list[BadgeInfo]
    intervals: list[str]


class ProjectBucket(BaseModel):
    bucket: datetime
    repo: str
    builds: int
    jobs: int
    steps: int
    events: int


class LanguageBucket(BaseModel):
    bucket: datetime
    language: str
    repos: int


class Lag(BaseModel):
    """Seconds from a build's notification until it is stored, of those stored in the range."""

    tasks: int
    median: float | None
    p95: float | None
    longest: float | None


class Stats(BaseModel):
    """Usage of the service in the range; `tasks` is what waits and runs now, as `waiting.hook`."""

    repos: int = Field(description="with builds, jobs or steps in the range")
    all_repos: int = Field(description="that may be shown, as the list of projects counts them")
    builds: int
    jobs: int
    steps: int
    events: int
    projects: list[ProjectBucket]
    languages: list[LanguageBucket]
    tasks: dict[str, int]
    oldest_open_at: datetime | None = Field(description="when the task that is open longest was asked for")
    failed_tasks: int
    lag: Lag
    store_bytes: int = Field(description="what the store takes on disk")


class WorkerInfo(BaseModel):
    """A process that collects builds, on so many threads."""

    name: str
    threads: int
    started_at: datetime
    seen_at: datetime = Field(description="its last sign of life; one comes every 5 s")
    clock_ahead_by: float | None = Field(description="seconds by which its clock is ahead of the store's")


class Queue(BaseModel):
    tasks: dict[str, int] = Field(description="open tasks, as `waiting.hook` or `running.import`")
    messages: dict[str, int | None] = Field(
        description="messages that wait in the broker, by its kind; null while it is away"
    )
    workers: list[WorkerInfo] = Field(description="empty where the service alone collects builds")
    clock_ahead_by: float = Field(description="seconds by which this service's clock is ahead of the store's")
