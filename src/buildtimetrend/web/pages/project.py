"""One project's page: what it shows at once, and the panels that fetch their charts themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from buildtimetrend import charts, text
from buildtimetrend.enough import SIDE
from buildtimetrend.providers.addresses import web_address
from buildtimetrend.providers.code_host import repository
from buildtimetrend.web.analysis import grades
from buildtimetrend.web.analysis.data import Data
from buildtimetrend.web.analysis.sparkline import sparkline
from buildtimetrend.web.pages.filters import filter_fields
from buildtimetrend.web.pages.nothing import nothing
from buildtimetrend.web.params import Parameters

BUILDS = 20


@dataclass(frozen=True, slots=True)
class Panel:
    """`kind` is how js/charts draws it, `width` its place in the grid (third, half or full).

    `more` are charts that are drawn into the same panel.
    """

    chart: str
    kind: str
    title: str = ""
    width: str = "third"
    more: tuple[str, ...] = ()


SECTIONS: dict[str, tuple[Panel, ...]] = {
    "Trends": (
        Panel("build_times", "times", "Build duration", width="full", more=("build_points",)),
        Panel("duration", "times"),
        Panel("queue", "times"),
        Panel("success", "rate"),
        Panel("builds", "results"),
        Panel("jobs", "results"),
        Panel("builds_per_branch", "stack"),
    ),
    "Where the time goes": (
        Panel("steps", "stack", width="full"),
        Panel("slowest_steps", "steps", width="full", more=("steps",)),
        Panel("matrix", "groups"),
        Panel("branches", "groups"),
        Panel("matrix_results", "group_results"),
    ),
    "Latest": (
        Panel("build_durations", "columns", "Duration of each build"),
        Panel("job_durations", "columns"),
        Panel("branch_builds", "shares"),
    ),
    "When": (
        Panel("hours", "clock", width="half"),
        Panel("weekdays", "clock", width="half"),
        Panel("heatmap", "heatmap", width="full"),
    ),
}


def pipelines(data: Data, repo: str, parameters: Parameters) -> list[dict[str, Any]]:
    """Figures of each pipeline with jobs in the range, if several have, that with most job time first."""
    if len(data.pipelines(repo)) < 2:
        return []
    figures = data.pipeline_figures(repo, parameters)
    return figures if len(figures) > 1 else []


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


def view(data: Data, repo: str, parameters: Parameters, figures: list[dict[str, Any]]) -> dict[str, Any]:
    """What the template shows. No chart is computed here: the page is there before its charts."""
    totals = data.totals(repo, parameters)
    builds = data.builds(repo, parameters, BUILDS, 0)
    quality = data.quality(repo, parameters)
    last, result = quality["last_build_at"], parameters.filters.get("result")
    quiet = grades.quiet(last, datetime.now(UTC))
    return {
        "repo": repo,
        "totals": totals,
        "builds": builds,
        "quality": quality,
        "pipelines": _chosen(figures, parameters),
        "least": SIDE,
        "nothing": None if builds else nothing(data, repo, parameters),
        "filtered": bool(parameters.filters),
        "quiet": quiet,
        "result": result,
        # Of these alone the last failure can be told.
        "tells_failures": result in (None, "failed", "errored"),
        "sections": sections(),
        "query": query(parameters),
        # A change needs more builds than most ranges have.
        "findings_query": query(
            parameters.model_copy(update={"timeframe": "week", "since": None, "until": None})
        ),
        "whole_range": query(parameters.model_copy(update={"since": None, "until": None})) or "?",
        "passed_grade": grades.passed(totals["success_rate"]),
        "fail_grade": grades.days_since_fail(totals["days_since_fail"], quiet=quiet),
        "filters": filter_fields(data, repo, parameters),
        "ci_page": ci_page(builds),
        "repository": repository(repo, builds),
    }


def sections() -> dict[str, list[dict[str, Any]]]:
    """The panels of every section, with what `CHARTS` says of them."""
    return {heading: [_entry(panel) for panel in panels] for heading, panels in SECTIONS.items()}


def query(parameters: Parameters) -> str:
    """The parameters that differ from their defaults, as a query string for the same data elsewhere."""
    changed: dict[str, Any] = parameters.model_dump(mode="json", exclude_defaults=True, exclude={"refresh"})
    return f"?{urlencode(changed)}" if changed else ""


def ci_page(builds: list[dict[str, Any]]) -> str | None:
    """The project's page at its CI, if an address of a build names one: `https://…/owner/name`."""
    for build in builds:
        if parts := web_address(build["url"]):
            before = parts.path.partition("/builds/")[0]
            if before.strip("/"):
                return f"{parts.scheme}://{parts.netloc}{text.path(before)}"
    return None


def _entry(panel: Panel) -> dict[str, Any]:
    chart = charts.CHARTS[panel.chart]
    return {
        "panel": panel,
        "title": panel.title or chart.title,
        "help": chart.help,
        "more": " ".join(panel.more),
    }
