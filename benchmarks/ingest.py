"""Simulated API on loopback to row on disk, jobs of 12 steps, against DuckDB's own rates for such rows.

DuckDB's rate by SQL, one INSERT per table and transaction, is the measure; that of its appenders, which store
what Python has ready at twice the rate, is given beside it.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import simulated
from benchmarks.report import figure
from benchmarks.store_write import bare_rate, sql_rate
from buildtimetrend import logging_setup
from buildtimetrend.model import BuildRef, Origin
from buildtimetrend.process import SWITCH
from buildtimetrend.providers import open_provider
from buildtimetrend.settings import Settings
from buildtimetrend.store import open_store
from buildtimetrend.tasks import Retries, ThreadTasks

BUILDS = 1000
ROUNDS = 3


def main() -> None:
    logging_setup.set_up(Settings())
    sys.setswitchinterval(SWITCH)  # as the service does
    with simulated.running() as travis_url, tempfile.TemporaryDirectory() as folder:
        ingest_rate(travis_url, Path(folder) / "warm.duckdb", 200)
        rates, by_sql, by_appender = [], [], []
        for number in range(ROUNDS):
            rates.append(ingest_rate(travis_url, Path(folder) / f"{number}.duckdb", BUILDS))
            by_sql.append(sql_rate(Path(folder) / f"sql-{number}.duckdb", BUILDS))
            by_appender.append(bare_rate(Path(folder) / f"appender-{number}.duckdb", BUILDS))
    for name, theirs, target in (("sql", by_sql, 0.2), ("appender", by_appender, None)):
        figure(
            f"ingest_vs_duckdb_{name}",
            statistics.median(ours / other for ours, other in zip(rates, theirs, strict=True)),
            "ratio",
            target=target,
            builds_per_second=round(statistics.median(rates)),
            duckdb_builds_per_second=round(statistics.median(theirs)),
        )


def ingest_rate(travis_url: str, database: Path, builds: int) -> float:
    """Builds per second through the tasks of the service, four workers."""
    settings = Settings.of(
        store_url=f"duckdb:///{database}", travis_api_url=travis_url, travis_delay=0, sweep_interval=0
    )
    store = open_store(settings.store_url, memory_limit=settings.store_memory_limit)
    provider = open_provider(settings.section("travis"))
    tasks = ThreadTasks(settings, store, {"travis": provider}, Retries())
    history = simulated.history()
    refs = [
        BuildRef("travis", provider.instance, simulated.SLUG, id=str(build.id), number=str(number))
        for number in history.numbers(simulated.SLUG)[-builds:]  # not yet archived: one request per log
        if (build := history.build(simulated.SLUG, number)) is not None
    ]
    tasks.schedule(refs, Origin.REQUEST).result()
    begin = time.perf_counter()
    tasks.start()
    while sum(tasks.depth().values()):
        time.sleep(0.05)
    while store.open_tasks():
        time.sleep(0.02)
    seconds = time.perf_counter() - begin
    tasks.stop()
    provider.close()
    stored = store.select("SELECT count(*) AS builds FROM build")["builds"][0]
    store.close()
    if stored != len(refs):
        raise RuntimeError(f"{stored} of {len(refs)} builds were stored")
    return len(refs) / seconds


if __name__ == "__main__":
    main()
