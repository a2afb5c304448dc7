"""What all views of a project have around them: tabs, links, range and filters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias
from urllib.parse import urlencode

from buildtimetrend import text
from buildtimetrend.filters import FILTERS
from buildtimetrend.providers.addresses import web_address
from buildtimetrend.providers.code_host import repository
from buildtimetrend.web.analysis.data import Data
from buildtimetrend.web.pages.filters import filter_fields
from buildtimetrend.web.pages.panels import sections
from buildtimetrend.web.params import Lenient, Parameters

View: TypeAlias = Literal["overview", "steps", "jobs", "when"]
# What each is called, and the beginning of its address; builds are a list, with a form of its own.
TABS = {
    "overview": ("Overview", "/dashboard"),
    "steps": ("Steps", "/steps"),
    "jobs": ("Jobs", "/jobs"),
    "when": ("When", "/when"),
    "builds": ("Builds", "/builds"),
}


def frame(
    data: Data,
    repo: str,
    asked: Lenient,
    view: View,
    usual: str = "week",
    *,
    newest: Sequence[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """`usual` is the timeframe of that view where none is asked for; `newest` are the builds, if known."""
    parameters = asked.parameters
    if newest is None:
        newest = data.builds(repo, parameters, 1, 0)
    return {
        "repo": repo,
        "view": view,
        "tabs": tabs(repo, parameters, view),
        "action": address(view, repo),
        "usual": usual,
        "notes": asked.notes,
        "rejected": asked.rejected,
        "parameters": parameters,
        "refresh_seconds": parameters.refresh_minutes * 60,
        "filters": filter_fields(data, repo, parameters),
        "query": query(parameters),
        # A change needs more builds than most ranges have.
        "findings_query": query(
            parameters.model_copy(update={"timeframe": "week", "since": None, "until": None})
        ),
        "whole_range": query(parameters.model_copy(update={"since": None, "until": None})) or "?",
        "sections": sections(view),
        "pipelines": [],
        "ci_page": ci_page(newest),
        "repository": repository(repo, newest),
    }


def tabs(repo: str, parameters: Parameters, view: str) -> list[dict[str, Any]]:
    """Views may have timeframes of their own, so the links say which one is shown."""
    given = parameters.model_dump(mode="json", exclude_defaults=True) | {"timeframe": parameters.timeframe}
    return [
        {"label": label, "href": f"{path}/{text.path(repo)}?{urlencode(given)}", "current": name == view}
        for name, (label, path) in TABS.items()
    ]


def address(view: str, repo: str) -> str:
    return f"{TABS[view][1]}/{text.path(repo)}"


def other_pipeline(data: Data, repo: str, parameters: Parameters, given: dict[str, str]) -> str | None:
    """The query of the pipeline that takes most time, where several have jobs in the range and none is asked
    for: charts over unlike pipelines would say nothing.
    """
    name = FILTERS["pipeline"].parameter
    figures = pipelines(data, repo, parameters)
    if not figures or given.get(name, "").strip():
        return None
    return urlencode(given | {name: figures[0]["reference"]})


def pipelines(data: Data, repo: str, parameters: Parameters) -> list[dict[str, Any]]:
    """Figures of each pipeline with jobs in the range, if several have, that with most job time first."""
    if len(data.pipelines(repo)) < 2:
        return []
    figures = data.pipeline_figures(repo, parameters)
    return figures if len(figures) > 1 else []


def query(parameters: Parameters) -> str:
    """The parameters that differ from their defaults, as a query string for the same data elsewhere."""
    changed: dict[str, Any] = parameters.model_dump(mode="json", exclude_defaults=True, exclude={"refresh"})
    return f"?{urlencode(changed)}" if changed else ""


def ci_page(builds: Sequence[dict[str, Any]]) -> str | None:
    """The project's page at its CI, if an address of a build names one: `https://…/owner/name`."""
    for build in builds:
        if parts := web_address(build["url"]):
            before = parts.path.partition("/builds/")[0]
            if before.strip("/"):
                return f"{parts.scheme}://{parts.netloc}{text.path(before)}"
    return None
