"""The service itself: what it has done, and what it knows."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from buildtimetrend.web.api import models
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
        return models.Queue.model_validate(services.data.queue())

    return router
