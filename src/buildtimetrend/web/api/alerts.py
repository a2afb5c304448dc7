"""Alerts, and what people do with them; and why of a series nothing is told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from buildtimetrend.errors import Invalid
from buildtimetrend.findings.kept.known import State
from buildtimetrend.findings.series import Kind
from buildtimetrend.store import reads
from buildtimetrend.web.analysis import why
from buildtimetrend.web.analysis.alerts import ByPeople, Done
from buildtimetrend.web.api.findings import Finding
from buildtimetrend.web.api.imports import WITH_BODY, WRITES
from buildtimetrend.web.api.models import Repo
from buildtimetrend.web.params import slug
from buildtimetrend.web.services import Services


class LifeEvent(BaseModel):
    number: int
    event: str = Field(description="opened, acknowledged, muted, fixed, wont_fix or reopened")
    at: datetime
    by: str | None = Field(description="null: by itself")
    why: str | None


class Sent(BaseModel):
    """What is, or was, to be sent by a channel."""

    number: int = Field(description="of the event")
    channel: str
    due_at: datetime
    tries: int
    reason: str | None = Field(description="why the last try failed")
    sent_at: datetime | None
    refused_at: datetime | None


class KeptFinding(Finding):
    """A finding with what became of it."""

    found_at: datetime
    seen_at: datetime = Field(description="when it was found last")
    withdrawn_at: datetime | None = Field(description="when later builds did not bear it out")
    compare_url: str | None = Field(description="of the commits that it may have come with")
    cost_per_week: float | None = Field(description="s that builds take longer in a week; null: over, or new")
    possible: list[ByPeople] = Field(description="what people can do with its alert now")
    life: list[LifeEvent]


class OneFinding(KeptFinding):
    sent: list[Sent]


class AlertList(BaseModel):
    alerts: list[KeptFinding]


class Change(BaseModel):
    event: ByPeople
    why: str | None = Field(default=None, max_length=1000)
    by: str = Field(default="the API", min_length=1, max_length=100, description="who does it")


class Least(BaseModel):
    builds: int
    seconds: float
    percent: float | None


class Why(BaseModel):
    """Of too few values nothing but their number is known."""

    what: Kind
    job: str
    step: str | None
    sentence: str
    values: int = Field(description="builds that have it, of those that are looked at")
    level: float | None = Field(default=None, description="what it takes now, in seconds")
    noise: float | None = Field(
        default=None, description="percent: the deviation of a build from the level, dependence included"
    )
    builds_on_level: int | None = None
    searched_builds_ago: int | None = Field(default=None, description="since it was searched as a whole")
    speaks: why.Speaks | None = Field(default=None, description="for what the newest builds may be")
    least: list[Least] = Field(default=[], description="that would be told, after so many builds")


class WhyParameters(BaseModel):
    pipeline: str | None = Field(default=None, max_length=500, description="as `filter_pipeline`")
    job: str = Field(default="", max_length=2000, description="its name and matrix entry")
    step: str = Field(default="", max_length=5000)


def routes(services: Services) -> APIRouter:
    router = APIRouter(tags=["findings"])
    alerts, store = services.alerts, services.context.store

    @router.get("/projects/{repo:path}/alerts")
    def list_alerts(repo: Repo, state: Annotated[list[State], Query()] = []) -> AlertList:  # noqa: B006
        """Findings that people were told about, the newest first."""
        return AlertList.model_validate({"alerts": alerts.of(slug(repo), state)})

    @router.get("/projects/{repo:path}/findings/{id}")
    def get_finding(repo: Repo, id: str) -> OneFinding:
        """One finding that is kept."""
        return OneFinding.model_validate(alerts.one(slug(repo), id))

    @router.post("/projects/{repo:path}/alerts/{id}", responses=WRITES | WITH_BODY)
    def change_alert(repo: Repo, id: str, change: Change, request: Request) -> OneFinding:
        """Acknowledge an alert, mute it, accept it (`wont_fix`), or take that back (`reopened`)."""
        services.auth.check(request)
        alerts.change(slug(repo), id, Done(change.event, change.by, change.why))
        return OneFinding.model_validate(alerts.one(slug(repo), id))

    @router.get("/projects/{repo:path}/series/{what}/why")
    def get_why(repo: Repo, what: Kind, parameters: Annotated[WhyParameters, Query()]) -> Why:
        """Why nothing is told of a series: its level and noise, and how much it would have to change by."""
        name = slug(repo)
        repo_id = services.repos.require(name)
        asked = parameters.pipeline
        known = [each.id for each in services.data.pipelines(name)]
        of = known if asked is None else reads.ids_of_pipelines(store, name, asked)
        if len(of) != 1:
            raise Invalid("pipeline: name one of the project's pipelines.", detail="pipeline")
        thing = why.thing_of(what, parameters.job, parameters.step)
        return Why.model_validate(why.why(store, repo_id, of[0], thing))

    return router
