"""A million jobs looked at for changes from scratch in the background, by a process that is killed half-way.

With three budgets for each pipeline, and the rests that a look leaves to others. Processor time is of all
processes. What is found must be what it is in a second store, where nobody was killed.

    python -m benchmarks.analyses
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.generate import JOBS, large_store
from benchmarks.report import figure
from buildtimetrend.budgets.budget import Budget
from buildtimetrend.store import open_store
from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.statements.analyses import look_again
from buildtimetrend.tasks import Analyses

ROOT = Path(__file__).parents[1]
EVER = datetime(1970, 1, 1, tzinfo=UTC)
TARGET = 300.0  # s
BUDGETS = (
    Budget(name="fast", within=1200.0),
    Budget(name="soon", what="queue_time", within=120.0, share=90.0),
    Budget(name="green", what="success", share=80.0),
)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        killed, whole = (Path(shutil.copy(large_store(), Path(folder, name))) for name in ("a", "b"))
        pipelines = all_are_due(killed)
        all_are_due(whole)
        before, begun = spent(), time.perf_counter()
        looked = [list(looks(killed, pipelines // 2)), list(looks(killed, pipelines))]
        took, processor = time.perf_counter() - begun, spent() - before
        more = {"jobs": JOBS, "pipelines": pipelines, "load": round(os.getloadavg()[0], 1)}
        resumed = {**more, "killed_at": looked[0][-1], "resumed_at": looked[1][0]}
        figure("analyses.million.killed.cpu", processor, "s", TARGET, at_most=True, **resumed)
        figure("analyses.million.killed.wall", took, "s", TARGET, at_most=True, **resumed)
        before, begun = spent(), time.perf_counter()
        list(looks(whole, pipelines))
        figure("analyses.million.cpu", spent() - before, "s", TARGET, at_most=True, **more)
        figure("analyses.million.wall", time.perf_counter() - begun, "s", TARGET, at_most=True, **more)
        same = found(killed) == found(whole)
        figure("analyses.million.same", float(same), "of 1", 1.0, findings=len(found(whole)))


def all_are_due(file: Path) -> int:
    """How many pipelines those are."""
    with closing(open_store(f"duckdb:///{file}")) as store:
        known = rows(store.select("SELECT repo_id, id FROM pipeline"))
        store.execute([look_again(row["repo_id"], row["id"], EVER) for row in known]).result()
        return len(known)


def looks(file: Path, until: int) -> Iterator[int]:
    """How many pipelines were looked at, again and again, by a process that is killed when so many were."""
    command = [sys.executable, "-m", "benchmarks.analyses", str(file)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for line in process.stdout:
            yield json.loads(line)
            if json.loads(line) >= until:
                process.kill()
                return


def spent() -> float:
    """Processor time of the processes that have ended, s."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def look(file: str) -> None:
    """As a service does, which has the store for itself."""
    with closing(open_store(f"duckdb:///{file}")) as store:
        Analyses(store, budgets=BUDGETS).start()
        while True:
            print(_looked(store), flush=True)
            time.sleep(0.2)


def _looked(store: Store) -> int:
    return int(str(store.select("SELECT count(*) AS n FROM analysis WHERE analysed_at IS NOT NULL")["n"][0]))


def found(file: Path) -> list[dict[str, object]]:
    with closing(open_store(f"duckdb:///{file}")) as store:
        return rows(store.select("SELECT id, repo_id, what, since_at, over_at FROM finding ORDER BY id"))


if __name__ == "__main__":
    look(sys.argv[1]) if len(sys.argv) > 1 else main()
