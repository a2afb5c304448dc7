"""Pages for people. Everything on them is under `/api/v1` as well."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from buildtimetrend import charts, text
from buildtimetrend.model import Series
from buildtimetrend.web.analysis import overview, sketch
from buildtimetrend.web.http.templating import page, svg
from buildtimetrend.web.pages import overview as overview_page
from buildtimetrend.web.pages import stats as stats_page
from buildtimetrend.web.pages.frame import query
from buildtimetrend.web.pages.project import ProjectPages
from buildtimetrend.web.params import Lenient, lenient, slug
from buildtimetrend.web.services import Services

PICTURE = ".svg"
# Text and bars on the surface of each scheme, as --muted and --series-1 in css/base.css: a picture has no
# part in the style of its page.
INKS = {"light": ("#57606b", "#2f6fb3"), "dark": ("#9da7b3", "#6ea8e8")}


class Pages:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._data = services.data
        self._views = ProjectPages(services)

    def index(self, request: Request) -> Response:
        begin = overview_page.beginning(self._services, request)
        now = datetime.now(UTC)
        projects = self._data.projects(now - timedelta(weeks=1), now)
        state = overview_page.state(self._services, projects) if projects else {}
        example = overview.latest_project(projects)
        return page("index.html", projects=len(projects), example=example, **begin, **state)

    def dashboard(self, request: Request) -> Response:
        """All projects; a repo that the query string names has a page of its own."""
        given = dict(request.query_params)
        named = given.pop("repo", "") or f"{given.pop('repo_owner', '')}/{given.pop('repo_name', '')}"
        if named.strip("/ "):
            return _redirect(f"/dashboard/{text.path(slug(named))}", given)
        asked = lenient(given)
        view = overview_page.view(self._services, request, asked.parameters)
        return _page("dashboard.html", asked, "/dashboard", **view)

    def project(self, request: Request) -> Response:
        path = request.path_params["repo"]
        if not path:
            return self.dashboard(request)
        if path.endswith("/index.html"):
            target = text.path(slug(path.removesuffix("/index.html")))
            return _redirect(f"/dashboard/{target}", dict(request.query_params))
        return self._views.overview(request)

    def chart(self, request: Request) -> Response:
        """One chart of a project as a table, or as a picture: neither needs scripts."""
        given = request.path_params
        if given["chart"].endswith(PICTURE):
            name, parameters = given["chart"].removesuffix(PICTURE), lenient(request.query_params).parameters
            return _sketched(request, self._data.chart(name, slug(given["repo"]), parameters))
        repo = slug(given["repo"])
        asked = lenient(request.query_params)
        series = self._data.chart(given["chart"], repo, asked.parameters)
        return _page(
            "chart.html",
            asked,
            f"/dashboard/{text.path(repo)}",
            repo=repo,
            series=series,
            help=charts.CHARTS[series.chart].help,
            query=query(asked.parameters),
        )

    def stats_chart(self, request: Request) -> Response:
        """A chart of the statistics as a picture."""
        name = request.path_params["chart"]
        return _sketched(request, self._data.usage_chart(name, lenient(request.query_params).parameters))

    def stats(self, request: Request) -> Response:
        asked = lenient(request.query_params)
        shown = stats_page.view(self._data, self._services.work, asked.parameters)
        return _page("stats.html", asked, "/stats", **shown)


def _sketched(request: Request, series: Series) -> Response:
    ink, fill = INKS.get(request.query_params.get("scheme", ""), INKS["light"])
    return svg("sketch.svg", sketch=sketch.sketch(series), plot=sketch, ink=ink, fill=fill)


def _page(template: str, asked: Lenient, action: str, **values: Any) -> Response:
    return page(
        template,
        notes=asked.notes,
        rejected=asked.rejected,
        parameters=asked.parameters,
        refresh_seconds=asked.parameters.refresh_minutes * 60,
        action=action,
        **values,
    )


def _redirect(target: str, query: dict[str, str]) -> Response:
    return RedirectResponse(target + (f"?{urlencode(query)}" if query else ""), 307)
