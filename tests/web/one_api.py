"""One API for all services of a process of tests: to make it was a third of what a test of the API does."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar, copy_context
from functools import cache
from typing import Any, cast

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from buildtimetrend.web.api import create_api
from buildtimetrend.web.services import Services

_asked: ContextVar[Services | None] = ContextVar("_asked", default=None)


class OneApi:
    """The API of a service, as `create_api` gives it."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def openapi(self) -> dict[str, Any]:
        return _api().openapi()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        token = _asked.set(self._services)
        try:
            await _api()(scope, receive, send)
        finally:
            _asked.reset(token)


class OfTheAsked:
    """Stands for something of the service that is asked, whichever that is."""

    def __init__(self, found: Callable[[], Any]) -> None:
        self._found = found

    def __getattr__(self, name: str) -> Any:
        if _asked.get() is None:  # a route takes a note of what it will need
            return OfTheAsked(lambda: getattr(self._found(), name))
        return getattr(self._found(), name)


@cache
def _api() -> FastAPI:
    return copy_context().run(_made)


def _made() -> FastAPI:
    _asked.set(None)  # who asked first is no more than the first
    return create_api(cast("Services", OfTheAsked(_asked.get)))
