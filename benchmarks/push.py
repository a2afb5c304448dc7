"""Builds per second pushed to a service on this machine, beside saving them directly; both into DuckDB.

One process saves builds of one job with 12 steps, all at once; its clock stops when all are on disk there.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path

from benchmarks.report import figure
from benchmarks.server import service
from benchmarks.store_write import sample_build
from buildtimetrend.store import open_store
from buildtimetrend.store.base import Pushing, Store

BUILDS = 1_000
ROUNDS = 3
TOKEN = "bench"


def main() -> None:
    pushed, direct = [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "direct.duckdb"
            with closing(open_store(f"duckdb:///{file}")) as store:
                direct.append(rate(store))
            owner = service(Path(folder) / "pushed.duckdb", BTT_ADMIN_TOKEN=TOKEN, BTT_LOGLEVEL="ERROR")
            with (
                owner as url,
                closing(open_store(url, pushing=Pushing(TOKEN, Path(folder) / "outbox"))) as store,
            ):
                pushed.append(rate(store))
    figure(
        "push_vs_direct",
        statistics.median(mine / own for mine, own in zip(pushed, direct, strict=True)),
        "ratio",
        pushed_builds_per_second=round(statistics.median(pushed)),
        direct_builds_per_second=round(statistics.median(direct)),
    )


def rate(store: Store) -> float:
    """Builds per second."""
    builds = [sample_build(number) for number in range(BUILDS)]
    begin = time.perf_counter()
    saved = [store.save(build) for build in builds]
    if not all(future.result() for future in saved):
        raise RuntimeError("a build was not stored")
    return BUILDS / (time.perf_counter() - begin)


if __name__ == "__main__":
    main()
