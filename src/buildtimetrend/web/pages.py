"""Pages for people. Everything on them is under `/api/v1` as well."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from buildtimetrend import charts
from buildtimetrend.web import grades, text
from buildtimetrend.web.badges import BADGES, INTERVALS
from buildtimetrend.web.params import FILTERS, Lenient, Parameters, lenient, slug
from buildtimetrend.web.services import Services
from buildtimetrend.web.templating import page

BUILDS = 20


class Pages:
    def __init__(self, services: Services) -> None:
        self._data = services.data

    def index(self, request: Request) -> Response:
        return page("index.html", base_url=str(request.base_url).rstrip("/"))

    def dashboard(self, request: Request) -> Response:
        """All projects; a repo that the query string names has a page of its own."""
        given = dict(request.query_params)
        named = given.pop("repo", "") or f"{given.pop('repo_owner', '')}/{given.pop('repo_name', '')}"
        if named.strip("/ "):
            return _redirect(f"/dashboard/{text.path(slug(named))}", given)
        asked = lenient(given)
        since, until, _ = asked.parameters.range(datetime.now(UTC))
        return _page("dashboard.html", asked, "/dashboard", projects=self._data.projects(since, until))

    def project(self, request: Request) -> Response:
        path = request.path_params["repo"]
        if path.endswith("/index.html"):
            target = text.path(slug(path.removesuffix("/index.html")))
            return _redirect(f"/dashboard/{target}", dict(request.query_params))
        repo = slug(path)
        asked = lenient(request.query_params)
        parameters = asked.parameters
        totals = self._data.totals(repo, parameters)
        return _page(
            "project.html",
            asked,
            f"/dashboard/{text.path(repo)}",
            repo=repo,
            totals=totals,
            charts=[self._data.chart(name, repo, parameters) for name in charts.CHARTS],
            query=_query(parameters),
            builds=self._data.builds(repo, parameters, BUILDS, 0),
            badges=BADGES,
            intervals=list(INTERVALS),
            passed_grade=grades.passed(totals["success_rate"]),
            fail_grade=grades.days_since_fail(totals["days_since_fail"]),
            filters=_filters(parameters, self._data.choices(repo, parameters)),
        )

    def build(self, request: Request) -> Response:
        given = request.path_params
        repo = slug(given["repo"])
        attempts = self._data.build(given["provider"], repo, given["number"])
        return page("build.html", repo=repo, number=given["number"], attempts=attempts)

    def stats(self, request: Request) -> Response:
        asked = lenient(request.query_params)
        return _page("stats.html", asked, "/stats", statistics=self._data.statistics(asked.parameters))


def _page(template: str, asked: Lenient, action: str, **values: Any) -> Response:
    return page(
        template,
        notes=asked.notes,
        parameters=asked.parameters,
        refresh_seconds=asked.parameters.refresh_minutes * 60,
        action=action,
        **values,
    )


def _redirect(target: str, query: dict[str, str]) -> Response:
    return RedirectResponse(target + (f"?{urlencode(query)}" if query else ""), 307)


def _filters(parameters: Parameters, choices: dict[str, list[str]]) -> list[dict[str, object]]:
    """The filter forms: each with what can be chosen, and what is."""
    filters = []
    for name, choice in FILTERS.items():
        chosen = getattr(parameters, name) or ""
        offered = choices[choice]
        if chosen and chosen not in offered:
            offered = [chosen, *offered]
        filters.append(
            {"name": name, "label": choice.replace("_", " "), "offered": offered, "chosen": chosen}
        )
    return filters


def _query(parameters: Parameters) -> str:
    """The parameters that differ from their defaults, as a query string for the same data under the API."""
    changed: dict[str, Any] = parameters.model_dump(mode="json", exclude_defaults=True, exclude={"refresh"})
    return f"?{urlencode(changed)}" if changed else ""
