"""How much of requests' bodies is in memory at a time."""

from __future__ import annotations

import asyncio

import pytest
from starlette.types import Message

from buildtimetrend.errors import Overloaded
from buildtimetrend.web.http.body_limits import SMALL, Bodies, Body


def arriving(bodies: Bodies, size: int) -> Body:
    async def receive() -> Message:
        return {"type": "http.request", "body": b"x" * size, "more_body": True}

    return Body({"type": "http", "path": "/travis", "headers": []}, receive, bodies)


def read(body: Body) -> None:
    asyncio.run(body.receive())


def test_large_bodies_share_what_there_is_and_give_it_back() -> None:
    bodies = Bodies(most=3 * SMALL)
    first = arriving(bodies, 2 * SMALL)
    read(first)
    second = arriving(bodies, 2 * SMALL)
    with pytest.raises(Overloaded) as refused:
        read(second)
    assert (refused.value.status, refused.value.retry_after) == (503, 5)
    second.end()
    read(arriving(bodies, SMALL))  # a notification always has room
    first.end()
    read(arriving(bodies, 2 * SMALL))
