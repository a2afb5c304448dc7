"""The channels by which people hear of what changed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from buildtimetrend.web import channels
from buildtimetrend.web.api.imports import WRITES
from buildtimetrend.web.services import Services


class Channel(BaseModel):
    name: str
    kind: str
    knows_again: bool = Field(description="whether who gets a message twice can know that it is the same")
    waiting: int = Field(description="notifications that are still to be sent")
    off_since: datetime | None = Field(description="since when it is switched off: it takes nothing any more")
    reason: str | None = Field(description="why it is off or, while it is not, why the last try failed")


class Channels(BaseModel):
    channels: list[Channel]


class Trial(BaseModel):
    works: bool
    said: str = Field(description="what the other side answered, or why it does not work")


def routes(services: Services) -> APIRouter:
    router = APIRouter(tags=["alerts"])
    context = services.context

    @router.get("/channels", responses={401: WRITES[401]})
    def list_channels(request: Request) -> Channels:
        """The channels of the settings, and how they are."""
        services.auth.check_reader(request)
        return Channels.model_validate({"channels": [asdict(each) for each in channels.channels(context)]})

    @router.post("/channels/{channel}/test", responses=WRITES)
    def test_channel(channel: str, request: Request) -> Trial:
        """Send a test message, and switch the channel on again if that works."""
        services.auth.check(request)
        return Trial.model_validate(asdict(channels.tried(context, channel)))

    return router
