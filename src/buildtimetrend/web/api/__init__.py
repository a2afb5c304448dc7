"""`/api/v1`: everything that pages show, for programs. FastAPI, for the sake of its OpenAPI document."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from buildtimetrend import __version__
from buildtimetrend.errors import Error
from buildtimetrend.web.api import (
    alerts,
    budgets,
    builds,
    channels,
    charts,
    compare,
    findings,
    imports,
    projects,
    push,
    rules,
    service,
    store,
    wasted,
)
from buildtimetrend.web.api.models import Problem
from buildtimetrend.web.http.error_answers import answer
from buildtimetrend.web.http.problems import note_error, problem_of
from buildtimetrend.web.services import Services

PREFIX = "/api/v1"
ABOUT = """Durations are in seconds, instants in UTC (ISO 8601). Repos are named as owner/name, in the
path with their slash. Lists take `limit` and `offset`. Errors all look like
`{"error": {"code", "message", "detail"}}`, where `detail` names the field at fault. What changes something
needs `Authorization: Bearer <admin_token>` when that setting is set."""


def create_api(services: Services) -> FastAPI:
    api = FastAPI(
        title="Buildtime Trend",
        version=__version__,
        description=ABOUT,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        servers=[{"url": PREFIX}],
        root_path_in_servers=False,
        generate_unique_id_function=_operation_id,
        responses={code: {"model": Problem, "description": text} for code, text in _PROBLEMS.items()},
        exception_handlers=dict.fromkeys((Error, HTTPException, RequestValidationError, Exception), _answer),
    )
    for routes in (
        projects,
        charts,
        compare,
        alerts,
        budgets,
        findings,
        rules,
        wasted,
        channels,
        builds,
        push,
        imports,
        service,
        store,
    ):
        api.include_router(routes.routes(services))
    api.include_router(projects.last_route(services))
    return api


_PROBLEMS: dict[int | str, str] = {
    400: "The body cannot be read.",
    404: "There is no such thing.",
    422: "A parameter is not allowed; `detail` names it.",
}


def _operation_id(route: APIRoute) -> str:
    return route.name


async def _answer(request: Request, error: Exception) -> Response:
    problem = problem_of(error, request.scope["request_id"])
    if isinstance(error, (Error, HTTPException)):  # others go on to the middleware once they are answered
        note_error(error, problem, request.scope)
    return answer(request, problem)
