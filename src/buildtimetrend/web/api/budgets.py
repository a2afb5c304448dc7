"""Budgets, how far they are kept, and whether they burn."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from buildtimetrend.budgets.budget import OfBranches, What
from buildtimetrend.web.api.models import Repo
from buildtimetrend.web.params import slug
from buildtimetrend.web.services import Services


class Rule(BaseModel):
    """A budget as the settings have it."""

    name: str
    sentence: str
    what: What
    within: float | None = Field(description="seconds; null of success")
    share: float = Field(description="percent of builds that are to be within it, or to pass")
    branches: OfBranches


class Rules(BaseModel):
    budgets: list[Rule]


class BurnRate(BaseModel):
    """How many times as fast as allowed it is used up, over a long window and a short one that end with the
    last build. It burns where both reach `tells_at`, and the long one is beyond chance.
    """

    long_hours: float
    short_hours: float
    long: float
    short: float
    tells_at: float = Field(description="7, 3 or 1.5, or what nine of ten builds beyond it make, if less")


class KeptBudget(Rule):
    """Of one pipeline, in the 28 days up to its last build: of the latest 2000 builds at most."""

    pipeline: str = Field(description="for `filter_pipeline`")
    state: Literal["kept", "burning", "no builds"]
    builds: int
    beyond: int
    kept: float | None = Field(description="percent of the builds that were within it")
    left: float | None = Field(description="percent of what may be beyond it; below 0 where more was")
    burn_rates: list[BurnRate] = Field(description="none without builds")


class KeptBudgets(BaseModel):
    budgets: list[KeptBudget]


def routes(services: Services) -> APIRouter:
    router = APIRouter(tags=["budgets"])

    @router.get("/budgets")
    def get_rules() -> Rules:
        """The budgets of the settings."""
        return Rules.model_validate({"budgets": services.budgets.rules()})

    @router.get("/projects/{repo:path}/budgets")
    def get_budgets(repo: Repo) -> KeptBudgets:
        """Those that are for the project's pipelines, with how far each is kept."""
        return KeptBudgets.model_validate({"budgets": services.budgets.kept(slug(repo))})

    return router
