"""The charts of `/stats`, of all repos together, from the rows of the statistics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from buildtimetrend.charts.base import GROUPS, NAMES, OTHER
from buildtimetrend.errors import NotFound
from buildtimetrend.model import Column, Series
from buildtimetrend.timeframes import buckets

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class StatisticsChart:
    """`rows` names a list of the statistics; its `name` column becomes series of its `value` column."""

    title: str
    help: str
    rows: str
    name: str
    value: str


OVER_TIME = {
    "languages": StatisticsChart(
        "Repos per language", "Repos with a build job in that language.", "languages", "language", "repos"
    ),
    "builds": StatisticsChart(
        "Builds per project",
        "Builds that ended; one that ran again counts once, by its last attempt in the range.",
        "projects",
        "repo",
        "builds",
    ),
    "jobs": StatisticsChart(
        "Jobs per project", "Build jobs that ended; every attempt counts.", "projects", "repo", "jobs"
    ),
    "steps": StatisticsChart(
        "Steps per project",
        "Timed steps, once called substages, by their start.",
        "projects",
        "repo",
        "steps",
    ),
    "events": StatisticsChart(
        "Events per project",
        "Jobs and steps together, as the old service counted.",
        "projects",
        "repo",
        "events",
    ),
}
COUNTS = ("builds", "jobs", "steps", "events")
PROJECTS = "projects"
PROJECTS_TITLE = "Share of each project"
PROJECTS_HELP = f"Each project's share of all events in the range, and its counts; the {GROUPS} with most."


def draw(name: str, statistics: Mapping[str, Any], since: datetime, until: datetime, interval: str) -> Series:
    """Raises `NotFound` for a chart that there is not."""
    if name == PROJECTS:
        return Series(name, PROJECTS_TITLE, since, until, interval, _projects(statistics["projects"]))
    if name not in OVER_TIME:
        known = ", ".join([*OVER_TIME, PROJECTS])
        raise NotFound(f"There is no chart {name!r}. Known: {known}.", detail="chart")
    chart = OVER_TIME[name]
    columns = _over_time(chart, statistics[chart.rows], buckets(since, until, interval))
    return Series(name, chart.title, since, until, interval, columns)


def _over_time(
    chart: StatisticsChart, rows: Sequence[Mapping[str, Any]], times: Sequence[datetime]
) -> tuple[Column, ...]:
    """A column per name: the `NAMES` largest, all others together."""
    sizes = Counter[str]()
    for row in rows:
        sizes[row[chart.name] or UNKNOWN] += row[chart.value]
    shown = sorted(sizes, key=lambda name: (-sizes[name], name))[:NAMES]
    cells = Counter[tuple[datetime, str]]()
    for row in rows:
        name = row[chart.name] or UNKNOWN
        cells[row["bucket"], name if name in shown else OTHER] += row[chart.value]
    names = shown if len(shown) == len(sizes) else [*shown, OTHER]
    return (
        Column("time", "", tuple(times)),
        *(Column(name, chart.value, tuple(cells[time, name] for time in times)) for name in names),
    )


def _projects(rows: Sequence[Mapping[str, Any]]) -> tuple[Column, ...]:
    sums: dict[str, Counter[str]] = {}
    for row in rows:
        sums.setdefault(row["repo"], Counter()).update({count: row[count] for count in COUNTS})
    whole = sum(counts["events"] for counts in sums.values())
    shown = sorted(sums, key=lambda repo: (-sums[repo]["events"], repo))[:GROUPS]
    return (
        Column("repo", "", tuple(shown)),
        *(Column(count, count, tuple(sums[repo][count] for repo in shown)) for count in COUNTS),
        Column("share", "%", tuple(100 * sums[repo]["events"] / whole if whole else None for repo in shown)),
    )
