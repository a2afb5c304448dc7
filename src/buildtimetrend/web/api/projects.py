"""Projects: every repo with builds, and one repo's figures."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from buildtimetrend.web.analysis import overview
from buildtimetrend.web.api import models
from buildtimetrend.web.api.models import ProjectParameters, Repo
from buildtimetrend.web.params import Parameters, slug
from buildtimetrend.web.services import Services


def routes(services: Services) -> APIRouter:
    router = APIRouter(tags=["projects"])

    @router.get("/projects")
    def list_projects(
        parameters: Annotated[ProjectParameters, Query()],
    ) -> models.Projects:
        """All repos with builds, by name unless `sort` says otherwise. The filters have no effect here.

        The buckets of `trend` suit the range: hours up to 3 days, days up to 120, then weeks, the last 520.
        """
        since, until, _ = parameters.range(datetime.now(UTC))
        found = services.data.projects(since, until)
        wanted = overview.chosen(found, parameters.q, parameters.show, parameters.sort)
        listed = wanted[parameters.offset : parameters.offset + parameters.limit]
        starts: list[datetime] = []
        if parameters.trend:
            begin, interval = overview.buckets_of(since, until)
            starts, lines = services.data.trends([row["repo_id"] for row in listed], begin, until, interval)
            listed = [row | {"trend": lines[row["repo_id"]]} for row in listed]
        return models.Projects.model_validate({"projects": listed, "total": len(wanted), "buckets": starts})

    @router.get("/projects/{repo:path}/choices")
    def get_choices(repo: Repo, parameters: Annotated[Parameters, Query()]) -> models.Choices:
        """The values that the filters can take in the range."""
        return models.Choices.model_validate(services.data.choices(slug(repo), parameters))

    @router.get("/projects/{repo:path}/quality")
    def get_quality(repo: Repo, parameters: Annotated[Parameters, Query()]) -> models.Quality:
        """How far the figures of the range can be trusted. The filters have no effect here."""
        return models.Quality.model_validate(services.data.quality(slug(repo), parameters))

    @router.get("/projects/{repo:path}/pipelines")
    def get_pipelines(repo: Repo, parameters: Annotated[Parameters, Query()]) -> models.Pipelines:
        """Each pipeline with jobs in the range, that with most job time first."""
        found = services.data.pipeline_figures(slug(repo), parameters)
        return models.Pipelines.model_validate(
            {"pipelines": [row | {"id": str(row["id"]), "job_time": row["seconds"]} for row in found]}
        )

    return router


def last_route(services: Services) -> APIRouter:
    """One project: its path would swallow those of its charts and builds, so it comes after them."""
    router = APIRouter(tags=["projects"])

    @router.get("/projects/{repo:path}")
    def get_project(repo: Repo, parameters: Annotated[Parameters, Query()]) -> models.ProjectDetail:
        """The figures at the top of a project's pages: `wall` of builds, `totals` of jobs."""
        name = slug(repo)
        totals = services.data.totals(name, parameters)
        since, until, interval = parameters.range(datetime.now(UTC))
        return models.ProjectDetail(
            repo=name,
            since=since,
            until=until,
            interval=interval,
            totals=models.Totals.model_validate(totals),
            wall=models.WallFigures.model_validate(services.data.build_figures(name, parameters)),
        )

    return router
