"""`/steps/{repo}`: all steps of a project's jobs; with `?step=`, one of them over time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from buildtimetrend.enough import LEAST
from buildtimetrend.web.analysis.runs import Run
from buildtimetrend.web.analysis.telling_order import in_order
from buildtimetrend.web.http.templating import page
from buildtimetrend.web.pages.changes import flags, of_year
from buildtimetrend.web.pages.frame import frame
from buildtimetrend.web.pages.nothing import nothing
from buildtimetrend.web.pages.runs_drawn import runs_drawn
from buildtimetrend.web.params import Parameters, lenient, slug
from buildtimetrend.web.services import Services

USUAL = "month"
STEPS = 200
CHANGED = 4


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
        return page(
            "steps.html",
            **shown,
            steps=[step for step in found if not _is_small(step)],
            small=[step for step in found if _is_small(step)],
            most=STEPS,
            nothing=missing,
            found=self._changed(repo, parameters)[:CHANGED],
            changes=_open_by_step(self._changed(repo, parameters)),
        )

    def _changed(self, repo: str, parameters: Parameters) -> list[dict[str, Any]]:
        """What is kept of steps: to look for it takes longer than this page."""
        kept = self._data.kept_findings(repo, parameters.filters.get("pipeline"))
        return [one for one in in_order(kept["findings"]) if one["step"]] if kept else []

    def _one(self, repo: str, parameters: Parameters, key: str) -> dict[str, Any]:
        step = self._data.step(repo, parameters, key)
        found = [one for one in of_year(self._data, repo, parameters) if one["step"] == step["name"]]
        query = parameters.query(repo)
        drawn = runs_drawn(step["all"], query, _kind, flags(found, query))
        return {"step": step, "found": found, **drawn}


def _open_by_step(found: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """What is not over, the largest of each step."""
    still = [one for one in found if one["over_since"] is None and one["what"] == "step"]
    return {one["step"]: one for one in sorted(still, key=lambda one: abs(one["after"] - one["before"]))}


def _is_small(step: Mapping[str, Any]) -> bool:
    return bool(max(step["p50"], step["p95"]) < LEAST)


def _kind(run: Run) -> str:
    """A step may pass in a job that failed, where the CI says so."""
    return str(run["step_result"] or run["result"])
