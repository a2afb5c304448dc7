"""The views of a project but for steps: what they show at once; panels fetch their charts themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from buildtimetrend.enough import SIDE
from buildtimetrend.web.analysis import grades
from buildtimetrend.web.analysis.data import Data
from buildtimetrend.web.analysis.mini_bars import with_bars
from buildtimetrend.web.analysis.sparkline import sparkline
from buildtimetrend.web.http.templating import page
from buildtimetrend.web.pages.changes import as_it_is, elsewhere, listed, stands_out
from buildtimetrend.web.pages.frame import View, address, frame, other_pipeline, pipelines, query
from buildtimetrend.web.pages.job import job_view
from buildtimetrend.web.pages.nothing import nothing
from buildtimetrend.web.params import Lenient, Parameters, lenient, slug
from buildtimetrend.web.services import Services

BUILDS = 10
FINDINGS = 4
JOBS = 200


class ProjectPages:
    """No chart is computed here: a page is there before its charts."""

    def __init__(self, services: Services) -> None:
        self._data = services.data
        self._auth = services.auth

    def overview(self, request: Request) -> Response:
        return self._view(request, "overview")

    def jobs(self, request: Request) -> Response:
        return self._view(request, "jobs")

    def when(self, request: Request) -> Response:
        return self._view(request, "when")

    def _view(self, request: Request, view: View) -> Response:
        repo, given = slug(request.path_params["repo"]), dict(request.query_params)
        asked = lenient(given)
        if named := other_pipeline(self._data, repo, asked.parameters, given):
            return RedirectResponse(f"{address(view, repo)}?{named}", 307)
        builds = self._data.judged_builds(repo, asked.parameters, BUILDS) if view == "overview" else None
        shown = frame(self._data, repo, asked, view, newest=builds)
        if view == "jobs" and (name := given.get("job", "")):
            said = urlencode(asked.parameters.said())
            return page("job.html", **shown, given=said, **job_view(self._data, repo, asked.parameters, name))
        if view == "overview":
            closed = self._auth.needs_sign_in(request)
            return page(
                "project.html",
                needs_sign_in=closed,
                **shown | _overview(self._data, repo, asked, builds or []),
            )
        if view == "jobs":
            return page("jobs.html", **shown | _jobs(self._data, repo, asked.parameters))
        return page("when.html", **shown)


def _overview(data: Data, repo: str, asked: Lenient, builds: Sequence[dict[str, Any]]) -> dict[str, Any]:
    parameters = asked.parameters
    quality = data.quality(repo, parameters)
    wall = data.build_figures(repo, parameters)
    several, changes = pipelines(data, repo, parameters), _changes(data, repo, parameters)
    rows = _chosen(several, parameters)
    judged = with_bars(builds)
    latest = None if parameters.until else next(iter(judged), None)
    return {
        "wall": wall,
        "before_range": _before(parameters),
        "least_p95": 2 * SIDE,
        "passed_grade": grades.passed(wall["success_rate"]),
        "builds": judged,
        "quality": quality,
        "pipelines": rows,
        "shown_pipeline": next((row["label"] for row in rows if row["current"]), ""),
        "changes": changes,
        "on_default": _on_default(data, repo, parameters, wall, changes),
        "moved": changes and _moved(changes["findings"], parameters),
        "elsewhere": _elsewhere(data, repo, parameters) if several and changes else [],
        "findings_shown": FINDINGS,
        "latest": latest,
        "latest_first": latest is not None and stands_out(latest, changes),
        "nothing": None if builds else nothing(data, repo, parameters),
        "filtered": bool(parameters.filters),
        "result": parameters.filters.get("result"),
    }


def _changes(data: Data, repo: str, parameters: Parameters) -> dict[str, Any] | None:
    """What is kept of a year; None where it has to be looked for: a page does not wait for that."""
    if set(parameters.filters) - {"pipeline"}:
        return None
    found = data.kept_findings(repo, parameters.filters.get("pipeline"))
    return found and listed(as_it_is(data, repo, found), largest_first=True)


def _on_default(
    data: Data, repo: str, parameters: Parameters, wall: dict[str, Any], changes: dict[str, Any] | None
) -> dict[str, Any] | None:
    """Where wall time differs beyond chance, the figures of the `branch` that findings are told of: else
    "Nothing changed" would stand above a colour that comes from other branches. None where all builds are of
    that one.
    """
    if not changes or not changes["of_default"] or wall["change_verdict"] not in ("slower", "faster"):
        return None
    branch = data.default_branch(repo)
    figures = data.build_figures(repo, parameters.filtered(branch=branch)) if branch else wall
    counts = ("timed", "previous_timed")
    return None if all(figures[name] == wall[name] for name in counts) else figures | {"branch": branch}


def _before(parameters: Parameters) -> str:
    """What the range is held against, as people call it."""
    since, until, _ = parameters.range(datetime.now(UTC))
    days = round((until - since) / timedelta(days=1))
    known = {0: "the time before", 1: "the day before", 7: "the week before"}
    return known.get(days, "the year before" if 364 <= days <= 366 else f"the {days} days before")


def _moved(findings: Sequence[dict[str, Any]], parameters: Parameters) -> dict[str, Any] | None:
    """What builds take longer by, of what is open and began in the range."""
    since, until, _ = parameters.range(datetime.now(UTC))
    still = (one for one in findings if one["worse"] and not one["over_since"] and one["wall_before"])
    return next((one for one in still if since <= one["since"]["started_at"] < until), None)


def _elsewhere(data: Data, repo: str, parameters: Parameters) -> Sequence[dict[str, Any]]:
    own = data.kept_findings(repo, parameters.filters.get("pipeline"))
    everything = data.kept_findings(repo, None)
    called = {one.reference: one.label for one in data.pipelines(repo)}
    return [
        one | {"called": called.get(one["pipeline"], one["pipeline"])}
        for one in elsewhere(everything and as_it_is(data, repo, everything), own)[:FINDINGS]
    ]


def _jobs(data: Data, repo: str, parameters: Parameters) -> dict[str, Any]:
    totals, last = data.totals(repo, parameters), data.quality(repo, parameters)["last_build_at"]
    result, quiet = parameters.filters.get("result"), grades.quiet(last, datetime.now(UTC))
    return {
        "totals": totals,
        "jobs": data.job_list(repo, parameters, JOBS),
        "most_jobs": JOBS,
        "given": urlencode(parameters.said()),
        "quiet": quiet,
        "last_build_at": last,
        "result": result,
        # Of these alone the last failure can be told.
        "tells_failures": result in (None, "failed", "errored"),
        "passed_grade": grades.passed(totals["success_rate"]),
        "fail_grade": grades.days_since_fail(totals["days_since_fail"], quiet=quiet),
    }


def _chosen(figures: list[dict[str, Any]], parameters: Parameters) -> list[dict[str, Any]]:
    """The rows of the table of pipelines, each with its line and its address."""
    chosen = parameters.filters.get("pipeline")
    return [
        row
        | {
            "line": sparkline(row["trend"]),
            "current": chosen in (row["reference"], row["key"], row["name"], str(row["id"])),
            "href": query(parameters.filtered(pipeline=row["reference"])),
        }
        for row in figures
    ]
