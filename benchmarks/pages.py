"""What a project's page asks of the service when it refreshes."""

from __future__ import annotations

import httpx

from buildtimetrend.charts import CHARTS
from buildtimetrend.web.pages.panels import VIEWS


def asks(url: str, repo: str) -> list[str]:
    """Itself, and every chart on it: those of the first view. Of several pipelines it is the page of one."""
    panels = [panel for panels in VIEWS["overview"].values() for panel in panels]
    # In their order, each once.
    charts = dict.fromkeys(name for panel in panels for name in (panel.chart, *panel.more) if name in CHARTS)
    answer = httpx.get(f"{url}/dashboard/{repo}?timeframe=year", timeout=60, follow_redirects=True)
    page = answer.raise_for_status().url
    query = page.query.decode()
    return [str(page), *(f"{url}/api/v1/projects/{repo}/charts/{chart}?{query}" for chart in charts)]


def repos(url: str, most: int) -> list[str]:
    """Those with most builds in the last year, first."""
    query = {"timeframe": "year", "sort": "-builds"}
    found = httpx.get(f"{url}/api/v1/projects", params=query, timeout=30).raise_for_status().json()
    return [project["repo"] for project in found["projects"]][:most]
