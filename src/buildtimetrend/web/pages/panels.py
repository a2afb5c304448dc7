"""The charts of a project's views: where each is drawn, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from buildtimetrend import charts


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


# By view, and in it by heading.
VIEWS: Mapping[str, Mapping[str, tuple[Panel, ...]]] = {
    "overview": {
        "Wall time": (
            Panel(
                "build_times",
                "wall",
                "Wall time of builds",
                width="hero",
                more=("build_points", "wall_parts"),
            ),
        ),
        "Steps that take most time": (
            Panel("slowest_steps", "steps", "Slowest steps", width="full", more=("steps",)),
        ),
    },
    "steps": {
        "Where the time goes": (Panel("steps", "stack", "Time of a job by step", width="full"),),
    },
    "jobs": {
        "Over time": (
            Panel("duration", "times", width="half"),
            Panel("queue", "times", width="half"),
            Panel("success", "rate", width="half"),
            Panel("jobs", "results", width="half"),
        ),
        "Compared": (
            Panel("matrix", "groups"),
            Panel("branches", "groups"),
            Panel("matrix_results", "group_results"),
            Panel("job_durations", "columns", width="full"),
        ),
    },
    "when": {
        "Builds over time": (
            Panel("builds", "results", width="half"),
            Panel("builds_per_branch", "stack", width="half"),
            Panel("branch_builds", "shares", width="half"),
            Panel("build_durations", "columns", "Wall time of each build", width="half"),
        ),
        "Hours and weekdays": (
            Panel("hours", "clock", width="half"),
            Panel("weekdays", "clock", width="half"),
            Panel("heatmap", "heatmap", width="full"),
        ),
    },
}


def sections(view: str) -> dict[str, list[dict[str, Any]]]:
    """The panels of every section of a view, with what `CHARTS` says of them."""
    return {heading: [_entry(panel) for panel in panels] for heading, panels in VIEWS[view].items()}


def _entry(panel: Panel) -> dict[str, Any]:
    chart = charts.CHARTS[panel.chart]
    return {
        "panel": panel,
        "title": panel.title or chart.title,
        "help": chart.help,
        "more": " ".join(panel.more),
    }
