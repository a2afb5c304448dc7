"""Charts: what the dashboard draws, as numbers. `CHARTS` lists them; pages, API and docs follow it."""

from buildtimetrend.charts import (
    build_points,
    build_times,
    clock,
    durations,
    groups,
    latest,
    per_branch,
    results,
    steps,
    wall_parts,
)
from buildtimetrend.charts.base import Chart
from buildtimetrend.errors import NotFound
from buildtimetrend.model import Query, Series
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads import looked_up_once

CHARTS: dict[str, Chart] = {
    chart.name: chart
    for module in (
        build_times,
        build_points,
        wall_parts,
        durations,
        results,
        steps,
        groups,
        per_branch,
        latest,
        clock,
    )
    for chart in module.CHARTS
}


def draw(name: str, store: Store, query: Query) -> Series:
    """Answer one chart. Raises `NotFound` for a name that is not in `CHARTS`."""
    if name not in CHARTS:
        raise NotFound(f"There is no chart {name!r}. Known: {', '.join(CHARTS)}.", detail="chart")
    with looked_up_once():
        return CHARTS[name].draw(store, query)


__all__ = ["CHARTS", "Chart", "draw"]
