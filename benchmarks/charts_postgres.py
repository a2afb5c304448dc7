"""A year's charts of the biggest repo and the overview of 1,000, on PostgreSQL and Citus; nothing cached."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from functools import partial

from tests.servers import citus, postgres
from tests.servers.fixtures import new_postgres

from benchmarks.charts import milliseconds
from benchmarks.generate import BIGGEST, BUSIEST_PIPELINE
from benchmarks.large_postgres import PROJECTS, fill
from benchmarks.report import figure
from buildtimetrend import charts, timeframes
from buildtimetrend.model import Query
from buildtimetrend.store import open_store, reads
from buildtimetrend.store.base import Store
from buildtimetrend.web.pages.overview import PER_PAGE

TARGETS = {"postgres": 120.0, "citus": 150.0}  # ms, of each chart of a year
OVERVIEW = 200.0  # ms
DRAWN = 20  # times each; the 95th percentile is the second slowest of them
MEMORY = "shared_buffers = '1GB'"  # a fourth of what such a machine has, as PostgreSQL's manual advises


def main() -> None:
    with new_postgres(MEMORY) as server:
        measure("postgres", server.url)
    if url := citus.url():
        measure("citus", url)
    else:
        print("no Citus: BTT_TEST_CITUS_URL does not name a coordinator; not measured", file=sys.stderr)


def measure(engine: str, server: str) -> None:
    with postgres.schema(server) as url:
        started = time.perf_counter()
        fill(url)
        figure(f"large_store_on_{engine}", time.perf_counter() - started, "s")
        with closing(open_store(url)) as store:
            _charts(engine, store)
            _pages(engine, store)


def _charts(engine: str, store: Store) -> None:
    every = Query(BIGGEST, *timeframes.window("year", datetime.now(UTC)))
    for of, query in (("chart", every), ("chart_of_pipeline", every.filtered(pipeline=BUSIEST_PIPELINE))):
        for name in charts.CHARTS:
            p50, p95 = milliseconds(partial(charts.draw, name, store, query), DRAWN)
            figure(
                f"{of}.{name}.year.{engine}.p95", p95, "ms", TARGETS[engine], at_most=True, p50=round(p50, 1)
            )


def _pages(engine: str, store: Store) -> None:
    """What pages wait for besides; the overview is that of a week, with a line for each project in sight."""
    now = datetime.now(UTC)
    year, (since, until, interval) = timeframes.window("year", now), timeframes.window("week", now)
    query = Query(BIGGEST, *year)
    assert len(reads.projects(store, since, until)["repo"]) == PROJECTS

    def overview() -> None:
        shown = [int(str(repo)) for repo in reads.projects(store, since, until)["repo_id"][:PER_PAGE]]
        reads.project_trends(store, shown, since, until, interval)

    asked: dict[str, tuple[Callable[[], object], float | None]] = {
        "overview.week": (overview, OVERVIEW),
        "page.totals.year": (partial(reads.totals, store, query), None),
        "page.choices.year": (partial(reads.choices, store, query), None),
        "page.quality.year": (partial(reads.quality, store, query), None),
        "statistics.week": (partial(reads.statistics, store, since, until), None),
    }
    for name, (ask, target) in asked.items():
        p50, p95 = milliseconds(ask, DRAWN)
        figure(f"{name}.{engine}.p95", p95, "ms", target, at_most=True, p50=round(p50, 1))


if __name__ == "__main__":
    main()
