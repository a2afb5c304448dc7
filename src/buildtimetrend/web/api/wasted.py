"""What worker time came to nothing, and what it cost."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from buildtimetrend.waste.spent import Kind
from buildtimetrend.web.api.models import Repo
from buildtimetrend.web.params import Parameters, slug
from buildtimetrend.web.services import Services


class SpentTime(BaseModel):
    """Worker time in seconds; costs in the currency of the settings."""

    jobs: int
    seconds: float = Field(description="of all jobs together")
    wasted: float = Field(description="that came to nothing")
    share: float | None = Field(description="of it, in percent; null where no job ran")
    of: dict[Kind, float] = Field(
        description="what came to nothing by kind, each job in the first that holds: canceled, repeated (ran "
        "again on the same commit), superseded (a newer build of the branch or pull request began before its "
        "build ended), failed"
    )
    cost: float | None = Field(description="null where no price fits")
    wasted_cost: float | None
    unpriced: float = Field(description="seconds of jobs that no price fits; they are in no cost")


class SpentInWeek(SpentTime):
    week: datetime = Field(description="when it began, a Monday")


class SpentByJob(SpentTime):
    job: str


class SpentByLabels(SpentTime):
    labels: list[str] = Field(description="that jobs asked of their runner, or else its operating system")
    per_minute: float | None = Field(description="the price; null where none fits")


class Wasted(BaseModel):
    since: datetime
    until: datetime
    currency: str
    sentence: str
    total: SpentTime
    unpriced_labels: list[str] = Field(
        description="that need a price, where some have one: the 50 of most time"
    )
    more_unpriced_labels: int = Field(description="that are left out")
    weeks: list[SpentInWeek]
    jobs: list[SpentByJob] = Field(description="the 50 that wasted most")
    more_jobs: int = Field(description="that are left out")
    labels: list[SpentByLabels] = Field(description="the 50 of most time")
    more_labels: int = Field(description="that are left out")


def routes(services: Services) -> APIRouter:
    router = APIRouter(tags=["wasted"])

    @router.get("/projects/{repo:path}/wasted")
    def get_wasted(repo: Repo, parameters: Annotated[Parameters, Query()]) -> Wasted:
        """Worker time of failed, canceled, superseded and repeated jobs, by week, job and runner."""
        return Wasted.model_validate(services.data.wasted(slug(repo), parameters))

    return router
