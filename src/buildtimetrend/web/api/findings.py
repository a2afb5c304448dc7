"""What changed, since which build, because of what."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from buildtimetrend.findings import What
from buildtimetrend.findings.kept.known import State
from buildtimetrend.findings.series import Rate
from buildtimetrend.store.reads.branches import Branches
from buildtimetrend.web.api.models import Repo
from buildtimetrend.web.params import Parameters, slug
from buildtimetrend.web.services import Services


class FindingParameters(Parameters):
    timeframe: Literal["day", "week", "month", "year"] = Field(
        default="year", description="day (today), week (7 days), month (30 days) or year (52 weeks)"
    )

    branches: Branches | None = Field(
        default=None,
        description="whose builds are looked at; unless given those of the default branch, where "
        "50 of them passed, else of all",
    )


class FoundBuild(BaseModel):
    provider: str
    number: str
    build_id: str
    attempt: int
    commit_id: str | None
    message: str | None
    author: str | None
    branch: str | None
    url: str | None = Field(description="of its page at the CI system")
    started_at: datetime


class Move(BaseModel):
    """Something that changed with it."""

    what: What
    job: str
    step: str | None
    before: float
    after: float
    is_cause: bool


class Trend(BaseModel):
    """Medians of the wall time of as many builds each, in their order, s; at most about 40 of them."""

    values: list[float]
    since: int = Field(description="the place of the first value that it holds in")
    over: int | None = Field(description="of the first value in which it is over")


class FlakyJob(BaseModel):
    """Since its result changed first without a change of the commit."""

    job: str
    failed: int = Field(description="builds in which it failed")
    builds: int = Field(description="that ran it")
    reruns: int = Field(description="runs of a commit that it had run on before, in the same pipeline")
    changed: int = Field(description="of those the runs with another result than the one before")


class Shared(BaseModel):
    """The same shift at the same time in several projects, or pipelines of this one: its `sentence` is about
    all of them.
    """

    image: str = Field(description="what their jobs asked of their runners: labels, or a system; or empty")
    step: str | None = Field(
        default=None, description="in place of that: of which step it is in each of them"
    )
    projects: list[str]
    pipelines: list[str] = Field(default=[], description="of this project, for `filter_pipeline`")
    sentence: str


class PartOf(BaseModel):
    """The finding that speaks for this one, too."""

    repo: str
    id: str
    what: Rate | None = Field(
        default=None,
        description="of one that is told of the same job: that it is flaky, or passes less often",
    )
    shared: Shared | None = Field(
        default=None,
        description="what several projects, or pipelines, have in common: its `sentence` is this one's",
    )


class Finding(BaseModel):
    """Durations are in seconds, shares in percent of builds, or of a job's runs. The change lies between
    `first` and `last` with 95 %; `since` is where it most likely is, and `last_before` the last build that is
    before all of them.
    """

    id: str | None = Field(description="of what is kept, for its page; null of what was found just now")
    alert: State | None = Field(description="its state, if people are told about it")
    branches: Branches = Field(description="whose builds it was found in")
    sentence: str
    status: str = Field(description="whether it is over, in words")
    pipeline: str = Field(description="for `filter_pipeline`")
    provider: str
    what: What | Rate = Field(
        description="what explains it: a step, waiting for workers, a job, or nothing alone (wall); a step "
        "or job that is new, or gone; that a job is flaky; how often builds, or some jobs, pass (results); "
        "or that a budget burns"
    )
    unit: Literal["s", "%"] = Field(default="s", description="of before and after")
    worse: bool = Field(description="whether it takes longer, or fails more often")
    evidence: str | None = Field(
        default=None, description="of what takes no time: what it is seen by, in words"
    )
    step: str | None
    gradual: bool = Field(description="that it came in several small steps, of which `since` is the first")
    jobs: list[str] = Field(description="that it is seen in, by matrix entry or name")
    of_jobs: int | None = Field(description="how many jobs run the step")
    before: float | None = Field(
        description="in each job; for waiting, the median of a build's jobs; null of what has no before"
    )
    after: float
    change: float | None = Field(description="in percent of before")
    confidence: float | None = Field(
        description="from 0 to 1: of changes that say so, so many are true; null of what is counted"
    )
    since: FoundBuild
    first: FoundBuild
    last: FoundBuild
    last_before: FoundBuild | None
    over_since: FoundBuild | None = Field(description="from which build on it is as before")
    wall_before: float | None = Field(description="of builds; null where that moved no more than by chance")
    wall_after: float | None
    builds_before: int = Field(description="that passed, of those that were looked at")
    builds_since: int
    moves: list[Move]
    trend: Trend | None = Field(
        default=None, description="how builds went; null where that did not move them, and where they are few"
    )
    shared: Shared | None = Field(
        default=None, description="of one that speaks for several projects, or pipelines"
    )
    own_sentence: str | None = Field(
        default=None, description="what changed in this pipeline, where `sentence` is about several"
    )
    part_of: PartOf | None = Field(
        default=None, description="of one that nobody is told of, since another is"
    )
    flaky: list[FlakyJob] = Field(default=[], description="the jobs of a flaky one, the worst first")


class Findings(BaseModel):
    """`builds` were looked at, the first of which began at `since`."""

    findings: list[Finding]
    builds: int
    since: datetime | None
    analysed_at: datetime | None = Field(
        description="when that was; null: just now, since it was not in the background yet, or was asked so"
    )
    behind: bool = Field(description="whether builds came since then, which are still to be looked at")


def routes(services: Services) -> APIRouter:
    router = APIRouter(tags=["findings"])

    @router.get("/projects/{repo:path}/findings")
    def get_findings(repo: Repo, parameters: Annotated[FindingParameters, Query()]) -> Findings:
        """What changed and stayed, in the last 400 builds of each pipeline that passed, the newest first."""
        found = services.data.findings(slug(repo), parameters, parameters.branches)
        return Findings.model_validate(found)

    return router
