"""`/steps/{repo}`: all steps of a project's jobs; with `?step=`, one of them over time."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from buildtimetrend import text
from buildtimetrend.model import Query
from buildtimetrend.web.analysis import picture
from buildtimetrend.web.analysis.picture import Picture, Value
from buildtimetrend.web.analysis.runs import medians
from buildtimetrend.web.http.addresses import own_address
from buildtimetrend.web.http.templating import page
from buildtimetrend.web.pages.frame import frame
from buildtimetrend.web.pages.nothing import nothing
from buildtimetrend.web.params import Parameters, lenient, slug
from buildtimetrend.web.services import Services

USUAL = "month"
STEPS = 200
MOST_POINTS = 1500  # of a picture: more would be one spot


class StepPages:
    def __init__(self, services: Services) -> None:
        self._data = services.data

    def steps(self, request: Request) -> Response:
        repo = slug(request.path_params["repo"])
        asked = lenient({"timeframe": USUAL} | dict(request.query_params))
        parameters, key = asked.parameters, request.query_params.get("step", "")
        shown = frame(self._data, repo, asked, "steps", USUAL) | {"given": urlencode(parameters.said())}
        if key:
            return page("step.html", **shown, **self._one(repo, parameters, key))
        found = self._data.steps(repo, parameters, STEPS, 0)
        missing = None if found else nothing(self._data, repo, parameters)
        return page("steps.html", **shown, steps=found, most=STEPS, nothing=missing)

    def _one(self, repo: str, parameters: Parameters, key: str) -> dict[str, Any]:
        step = self._data.step(repo, parameters, key)
        query = parameters.query(repo)
        return {
            "step": step,
            "picture": _picture(step, query, repo),
            "plot": picture,
            "interval": query.interval,
            "every": _every(step),
            "page_of": lambda run: _page_of(run, repo),
        }


def _picture(step: dict[str, Any], query: Query, repo: str) -> Picture | None:
    values = [
        Value(run["finished_at"], run["seconds"], _kind(run), _said(run), _page_of(run, repo))
        for run in step["all"][:: _every(step)]
    ]
    return picture.picture("run", values, medians(step["all"], query), [], (query.since, query.until))


def _every(step: dict[str, Any]) -> int:
    """Every so many runs are drawn."""
    return 1 + len(step["all"]) // MOST_POINTS


def _kind(run: dict[str, Any]) -> str:
    """A step may pass in a job that failed, where the CI says so."""
    return str(run["step_result"] or run["result"])


def _said(run: dict[str, Any]) -> str:
    at = f"{run['finished_at']:%Y-%m-%d %H:%M} UTC"
    return f"{run['build_number']} · {text.duration(run['seconds'])} · {_kind(run)} · {at}"


def _page_of(run: dict[str, Any], repo: str) -> str:
    return own_address({**run, "repo": repo, "number": run["build_number"], "pipeline_reference": None})
