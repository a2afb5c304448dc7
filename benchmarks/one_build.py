"""What a build's page and a sweep ask about one build of a repo that has 200,000, on an embedded store."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import Any

from benchmarks.charts import milliseconds
from benchmarks.generate import BIGGEST, JOBS, large_store
from benchmarks.report import figure
from buildtimetrend.enough import SIDE
from buildtimetrend.store import open_store, reads
from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.reads.compare import build_before

SHARE = 0.8  # of a million jobs: 200,000 builds of four, re-runs among them
CI = ("travis", "https://api.travis-ci.com")
LISTED = 100  # builds that a CI lists to a sweep
TARGET = 5.0  # ms


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = shutil.copy(large_store(JOBS, share=SHARE), folder)
        with closing(open_store(f"duckdb:///{file}")) as store:
            measure(store, "duckdb")


def measure(store: Store, engine: str) -> None:
    """Of the last build, one in the middle and one of the first."""
    found = store.select(_SIZE)
    builds, last = int(str(found["builds"][0])), int(str(found["last"][0]))
    for which, number in (("last", last), ("middle", last // 2), ("early", 100)):
        found_there = rows(reads.build(store, CI[0], BIGGEST, str(number)))
        # Each pipeline has a build of that number.
        one = found_there[0]["build_id"]
        attempts = [attempt for attempt in found_there if attempt["build_id"] == one]
        asked: dict[str, Callable[[], object]] = {
            "neighbours": partial(reads.neighbours, store, BIGGEST, attempts),
            "usual": partial(reads.usual, store, BIGGEST, attempts[-1], SIDE),
            "usual_anew": partial(_usual_anew, store, attempts[-1]),
            "build_before": partial(build_before, store, BIGGEST, attempts[-1]),
        }
        for name, ask in asked.items():
            p50, p95 = milliseconds(ask)
            more = {"p95": round(p95, 2), "builds": builds}
            target = None if name == "usual_anew" else TARGET
            figure(f"one_build.{name}.{which}.{engine}.p50", p50, "ms", target, at_most=True, **more)
    ids = {str(build_id) for build_id in store.select(_LISTED, {"listed": LISTED})["build_id"]}
    p50, p95 = milliseconds(partial(reads.stored, store, *CI, BIGGEST, {(each, None) for each in ids}))
    figure(f"sweep.stored.{engine}.p50", p50, "ms", TARGET, at_most=True, p95=round(p95, 2), builds=builds)


def _usual_anew(store: Store, attempt: dict[str, Any]) -> None:
    """Where nothing is kept in memory, as for the first build that is looked at."""
    if store.kept_jobs:
        store.kept_jobs.forget(None)
    reads.usual(store, BIGGEST, attempt, SIDE)


_SIZE = "SELECT count(*) AS builds, max(CAST(number AS BIGINT)) AS last FROM build WHERE repo_id = 1"
_LISTED = "SELECT build_id FROM build WHERE repo_id = 1 ORDER BY finished_at DESC LIMIT $listed"

if __name__ == "__main__":
    main()
