"""Rules of a project's alerts: which channels hear of what, and when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from buildtimetrend.web.analysis.rules import Set
from buildtimetrend.web.api.imports import WITH_BODY, WRITES
from buildtimetrend.web.api.models import Repo
from buildtimetrend.web.params import slug
from buildtimetrend.web.services import Services


class RulesChange(BaseModel):
    number: int = Field(description="from 1")
    rules: dict[str, Any] = Field(description="that differed from the settings since; none: all as there")
    at: datetime
    by: str
    why: str | None


class ChannelRules(BaseModel):
    """Of one channel for the project. Rules by their names in the settings, and `hears`."""

    name: str
    kind: str
    about: str = Field(description="findings or pull requests")
    hears: bool = Field(description="whether it hears of the project at all")
    rules: dict[str, Any] = Field(description="as they hold")
    settings: dict[str, Any] = Field(description="as the settings alone have them")
    own: dict[str, Any] = Field(description="those that were set for this project, in place of the settings'")
    last: int = Field(description="number of the last change; 0: none")
    changes: list[RulesChange] = Field(description="the latest 50, the last one first")


class RulesOfProject(BaseModel):
    channels: list[ChannelRules]


class NewRules(BaseModel):
    rules: dict[str, Any] = Field(
        description="by name; those that are left out, null or as in the settings follow the settings"
    )
    why: str | None = Field(default=None, max_length=1000)
    by: str = Field(default="the API", min_length=1, max_length=100, description="who does it")
    after: int | None = Field(default=None, description="refused unless it is the number of the last change")


def routes(services: Services) -> APIRouter:
    router = APIRouter(tags=["alerts"])
    rules = services.rules

    @router.get("/projects/{repo:path}/rules", responses={401: WRITES[401]})
    def get_project_rules(repo: Repo, request: Request) -> RulesOfProject:
        """Which channels hear of what of a project."""
        services.auth.check_reader(request)
        return RulesOfProject.model_validate({"channels": rules.of(slug(repo))})

    @router.put("/projects/{repo:path}/rules/{channel}", responses=WRITES | WITH_BODY)
    def set_project_rules(repo: Repo, channel: str, given: NewRules, request: Request) -> RulesOfProject:
        """Set rules of a channel for one project, in place of those of the settings."""
        services.auth.check(request)
        rules.change(slug(repo), channel, Set(given.rules, given.by, given.why, given.after))
        return RulesOfProject.model_validate({"channels": rules.of(slug(repo))})

    return router
