"""How an error is answered: with JSON to programs, a page to people, the same message in both."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from buildtimetrend.web.http.advice import advice
from buildtimetrend.web.http.problems import Problem
from buildtimetrend.web.http.templating import page

PROGRAMS = ("/api/", "/hooks/", "/openapi.json", "/healthz", "/readyz", "/metrics")


def answer(request: Request, problem: Problem, names: Callable[[], Iterable[str]] = list) -> Response:
    """`names` are those of the projects that there are; of some pages, comparing them takes a while."""
    headers = dict(problem.headers)
    path: str = request.scope["path"]  # the path in `request.url` depends on what stands in `Host`
    if path == "/travis" or path.startswith("/travis/"):
        said = problem.detail is None or problem.detail in problem.message
        detail = "" if said else f" ({problem.detail})"
        return PlainTextResponse(f"{problem.message}{detail}\n", problem.status, headers)
    if path.startswith(PROGRAMS) or _prefers_json(request.headers.get("accept", "")):
        return JSONResponse(problem.body, problem.status, headers)
    advised = advice(problem, path, names)
    return page("error.html", status=problem.status, headers=headers, problem=problem, advice=advised)


def _prefers_json(accept: str) -> bool:
    return "application/json" in accept and "text/html" not in accept
