"""Every chart of the biggest repo, a year and a week of it, straight from the store: nothing is cached."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial

from benchmarks.generate import BIGGEST, BUSIEST_PIPELINE, JOBS, large_store
from benchmarks.report import figure
from buildtimetrend import charts, timeframes
from buildtimetrend.model import Query
from buildtimetrend.store import open_store, reads
from buildtimetrend.store.base import Store

TARGETS = {"year": 60.0, "week": 15.0}  # ms
RANGES = {"slowest_steps": 2}  # which a chart asks about: those are twice as many steps
OTHERS = {"totals": 60.0, "choices": 15.0, "quality": 60.0}  # ms: what a project's page waits for
WHOLE = {"year": 1000.0, "week": 250.0}  # ms: every chart once, one after the other
DRAWN = 40  # times each; the 95th percentile is the second slowest of them


def main() -> None:
    with on_a_copy(JOBS) as store:
        _measure(store)


@contextmanager
def on_a_copy(jobs: int) -> Iterator[Store]:
    """The large store of so many jobs: another benchmark may have its file open."""
    with tempfile.TemporaryDirectory() as folder:
        file = shutil.copy(large_store(jobs), folder)
        with closing(open_store(f"duckdb:///{file}")) as store:
            yield store


def charts_of(store: Store, name: str, timeframe: str, target: float, pipeline: str | None = None) -> Query:
    """Report each chart of the biggest repo, or of one of its pipelines; what was asked."""
    query = Query(BIGGEST, *timeframes.window(timeframe, datetime.now(UTC))).filtered(pipeline=pipeline)
    for chart in charts.CHARTS:
        ask = partial(charts.draw, chart, store, query)
        _report(f"{name}.{chart}.{timeframe}", ask, target * RANGES.get(chart, 1))
    return query


def _measure(store: Store) -> None:
    for timeframe, target in TARGETS.items():
        charts_of(store, "chart_of_pipeline", timeframe, target, BUSIEST_PIPELINE)
        query = charts_of(store, "chart", timeframe, target)
        _report(f"charts.{timeframe}", partial(_draw_all, store, query), WHOLE[timeframe])
        for name, most in OTHERS.items():
            _report(f"page.{name}.{timeframe}", partial(getattr(reads, name), store, query), most)


def _draw_all(store: Store, query: Query) -> None:
    for name in charts.CHARTS:
        charts.draw(name, store, query)


def _report(name: str, ask: Callable[[], object], target: float) -> None:
    p50, p95 = milliseconds(ask)
    figure(f"{name}.p95", p95, "ms", target, at_most=True, p50=round(p50, 2))


def milliseconds(ask: Callable[[], object], drawn: int = DRAWN) -> tuple[float, float]:
    """Median and 95th percentile."""
    ask()  # reads the file's parts into memory, as any earlier visit has
    times = []
    for _ in range(drawn):
        started = time.perf_counter()
        ask()
        times.append((time.perf_counter() - started) * 1000)
    times.sort()
    return times[drawn // 2], times[drawn * 95 // 100]


if __name__ == "__main__":
    main()
