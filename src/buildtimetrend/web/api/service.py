"""The service itself: what it has done, and what it knows."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Request

from buildtimetrend.web.access import checked
from buildtimetrend.web.api import models
from buildtimetrend.web.api.imports import WRITES
from buildtimetrend.web.badges import BADGES, INTERVALS
from buildtimetrend.web.params import Parameters
from buildtimetrend.web.services import Services


def routes(services: Services) -> APIRouter:
    router = APIRouter(tags=["service"])
    context = services.context

    @router.get("/providers")
    def list_providers() -> models.Providers:
        """The CI systems that report to this service."""
        return models.Providers(
            providers=[
                models.ProviderInfo(name=name, instance=provider.instance, hook=f"/hooks/{name}")
                for name, provider in context.providers.items()
            ]
        )

    @router.post("/providers/{provider}/check", responses=WRITES)
    def check_access(provider: str, wanted: models.RepoOfCI, request: Request) -> models.Access:
        """Ask a CI system for the newest build of a repo: whether it lets this service read it."""
        services.auth.check(request)
        access = checked(context, provider, wanted.repo)
        ci = context.providers[provider]
        received_at = services.work.last_deliveries().get((ci.kind, ci.instance))
        return models.Access(received_at=received_at, **asdict(access))

    @router.get("/badges")
    def list_badges() -> models.Badges:
        """Types of badges; they are at `/badge/{repo}/{type}/{interval}`, with `.json` for shields.io."""
        return models.Badges(
            badges=[models.BadgeInfo(type=name, label=b.label, help=b.help) for name, b in BADGES.items()],
            intervals=list(INTERVALS),
        )

    @router.get("/stats")
    def get_statistics(parameters: Annotated[Parameters, Query()]) -> models.Stats:
        """How much the service is used. The filters have no effect here."""
        return models.Stats.model_validate(services.data.statistics(parameters))

    @router.get("/queue")
    def get_queue() -> models.Queue:
        """What waits and runs, and who collects builds."""
        return models.Queue.model_validate(services.work.queue())

    return router
