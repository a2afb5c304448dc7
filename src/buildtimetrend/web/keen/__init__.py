"""Keen.io's HTTP protocol at `/3.0`; what it means is in `buildtimetrend.keen`."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from buildtimetrend.keen.project import Project
from buildtimetrend.settings import Settings
from buildtimetrend.store.base import Store
from buildtimetrend.web.context import Context
from buildtimetrend.web.http.threads import OwnThreads
from buildtimetrend.web.keen.events import EventRoutes
from buildtimetrend.web.keen.keys import Keys
from buildtimetrend.web.keen.left_out import LEFT_OUT, refuse
from buildtimetrend.web.keen.middleware import KeenMiddleware
from buildtimetrend.web.keen.overview import Overview
from buildtimetrend.web.keen.queries import QueryRoutes
from buildtimetrend.web.keen.saved import SavedRoutes

PREFIX = "/3.0"
# As many of these wait for the store at a time, however much is asked. Each has a cursor, of 8 for all.
READING = 3
WRITING = 2


def is_keen(path: str) -> bool:
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def create_keen(context: Context) -> ASGIApp:
    """Answers all addresses of the protocol, errors in Keen's shape."""
    routes = keen_routes(context.settings, context.store)
    return KeenMiddleware(Router(routes, redirect_slashes=False, default=_not_found))


def keen_routes(settings: Settings, store: Store) -> list[Route]:
    keys = Keys(settings)
    project = Project(store, settings.allows)
    reading, writing = OwnThreads(READING), OwnThreads(WRITING)
    overview, events = Overview(keys, project, reading), EventRoutes(keys, project, reading, writing)
    queries, saved = QueryRoutes(keys, project, reading), SavedRoutes(keys, project, reading)
    here = f"{PREFIX}/projects/{{project}}"
    collection = f"{here}/events/{{collection:path}}"
    name = f"{here}/queries/saved/{{name}}"
    return [
        Route(PREFIX, overview.version),
        Route(f"{PREFIX}/projects", overview.projects),
        Route(here, overview.project),
        *(Route(f"{PREFIX}/{path}", refuse, methods=methods) for path, methods in LEFT_OUT.items()),
        Route(f"{here}/events", overview.collections),
        Route(f"{here}/events", events.batch, methods=["POST"]),
        Route(f"{collection}/properties/{{property}}", overview.property),
        Route(collection, events.get),
        Route(collection, events.post, methods=["POST"]),
        Route(collection, events.delete, methods=["DELETE"]),
        Route(f"{here}/queries", overview.queries),
        Route(f"{here}/queries/saved", saved.every),
        Route(f"{name}/result", saved.result),
        Route(name, saved.get),
        Route(name, saved.put, methods=["PUT"]),
        Route(name, saved.delete, methods=["DELETE"]),
        Route(f"{here}/queries/{{analysis}}", queries.query, methods=["GET", "POST"]),
    ]


async def _not_found(_: Scope, __: Receive, ___: Send) -> None:
    raise HTTPException(404)
