"""Builds, jobs and steps."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query

from buildtimetrend.web.analysis.which_build import Which
from buildtimetrend.web.api import build_models
from buildtimetrend.web.api.models import (
    BuildsParameters,
    JobParameters,
    ListParameters,
    Name,
    Repo,
    StepParameters,
    WhichParameters,
)
from buildtimetrend.web.params import slug
from buildtimetrend.web.services import Services

VERDICTS = 50  # that are reckoned for one answer


def routes(services: Services) -> APIRouter:
    router = APIRouter(tags=["builds"])
    data = services.data

    @router.get("/projects/{repo:path}/builds")
    def list_builds(repo: Repo, parameters: Annotated[BuildsParameters, Query()]) -> build_models.Builds:
        """Every attempt of the builds that ended in the range, newest first."""
        found = data.builds(slug(repo), parameters, parameters.limit, parameters.offset, parameters.q)
        return build_models.Builds.model_validate({"builds": found})

    @router.get("/projects/{repo:path}/verdicts")
    def list_verdicts(
        repo: Repo, parameters: Annotated[BuildsParameters, Query()]
    ) -> build_models.BuildVerdicts:
        """Why builds took longer or shorter than usual: of those of `/builds` that passed, at most 50."""
        limit = min(parameters.limit, VERDICTS)
        found = data.verdicts(slug(repo), parameters, limit, parameters.offset)
        return build_models.BuildVerdicts.model_validate({"verdicts": found})

    @router.get("/projects/{repo:path}/builds/{provider}/{number}")
    def get_build(
        repo: Repo, provider: Name, number: Name, which: Annotated[WhichParameters, Query()]
    ) -> build_models.BuildDetail:
        """The builds of that number, one unless several pipelines have it: attempts, their jobs and steps."""
        name, meant = slug(repo), Which(which.pipeline, which.instance, which.id)
        attempts = data.explained(name, data.attempts(provider, name, number, meant))
        return build_models.BuildDetail.model_validate({"attempts": attempts})

    @router.get("/projects/{repo:path}/jobs")
    def list_jobs(repo: Repo, parameters: Annotated[ListParameters, Query()]) -> build_models.Jobs:
        """The jobs that ended in the range, newest first."""
        return build_models.Jobs.model_validate(
            {"jobs": data.jobs(slug(repo), parameters, parameters.limit, parameters.offset)}
        )

    @router.get("/projects/{repo:path}/steps")
    def list_steps(repo: Repo, parameters: Annotated[ListParameters, Query()]) -> build_models.Steps:
        """Steps by key, those that took most time in all first."""
        return build_models.Steps.model_validate(
            {"steps": data.steps(slug(repo), parameters, parameters.limit, parameters.offset)}
        )

    @router.get("/projects/{repo:path}/job")
    def get_job(repo: Repo, parameters: Annotated[JobParameters, Query()]) -> build_models.OneJob:
        """One job over all its runs in the range, by branch, with its steps and the slowest runs."""
        found = data.job(slug(repo), parameters, parameters.job)
        bars = [asdict(bar) for bar in found["distribution"]]
        return build_models.OneJob.model_validate(found | {"name": found["name"] or "", "distribution": bars})

    @router.get("/projects/{repo:path}/step")
    def get_step(repo: Repo, parameters: Annotated[StepParameters, Query()]) -> build_models.OneStep:
        """One step over all its runs in the range, by job and by branch, with the slowest of them."""
        found = data.step(slug(repo), parameters, parameters.step)
        bars = [asdict(bar) for bar in found["distribution"]]
        return build_models.OneStep.model_validate(found | {"distribution": bars})

    return router
