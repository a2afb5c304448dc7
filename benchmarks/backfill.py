"""A year of a GitHub repo into an empty store, through the service: time, requests and memory.

`BTT_BENCH_JOBS=100000` is the full size; what is usual is a fifth of it, for time.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from pathlib import Path

import httpx
import psutil

from benchmarks import simulated_github
from benchmarks.report import figure
from buildtimetrend import bootstrap, logging_setup
from buildtimetrend.cli.client import ServiceClient
from buildtimetrend.demo.server import TOKEN
from buildtimetrend.settings import Settings

JOBS = int(os.environ.get("BTT_BENCH_JOBS", "20000"))
MINUTES = 10.0  # for 100,000 jobs
GROWTH = 1.5  # of the memory, from a quarter of the builds to all


def main() -> None:
    runs = JOBS // simulated_github.JOBS
    with simulated_github.running(runs) as github, tempfile.TemporaryDirectory() as folder:
        settings = Settings.of(
            port=0,
            store_url=f"duckdb:///{Path(folder) / 'store.duckdb'}",
            loglevel="ERROR",
            multi_import_max_builds=2 * runs,
            multi_import_delay=0.0,
            sweep_interval=0.0,
            github_api_url=github,
            github_token=TOKEN,
        )
        logging_setup.set_up(settings)
        with bootstrap.serving(settings) as url:
            client = ServiceClient(url, settings.admin_token)
            seconds, memory = backfill(client)
            jobs = sum(
                build["jobs"]
                for build in client.each(
                    f"/projects/{simulated_github.SLUG}/builds", "builds", since="2010-01-01"
                )
            )
            client.close()
        report(seconds, memory, jobs, Counter(httpx.get(f"{github}/_requests").json()), runs)


def backfill(client: ServiceClient) -> tuple[float, dict[str, int]]:
    """Seconds, and the memory of this process in bytes by the share of builds that were done."""
    begin = time.perf_counter()
    memory: dict[str, int] = {}
    wanted = {"provider": "github", "repo": simulated_github.SLUG, "builds": "since 2000 days"}
    name = client.post("/imports", wanted)["id"]
    while True:
        state = client.get(f"/imports/{name}")
        ended = state["done"] + state["failed"]
        if ended * 4 >= state["total"] > 0:
            memory.setdefault("quarter", psutil.Process().memory_info().rss)
        if state["finished_at"]:
            memory["end"] = psutil.Process().memory_info().rss
            if state["failed"]:
                raise RuntimeError(f"{state['failed']} builds could not be had")
            return time.perf_counter() - begin, memory
        time.sleep(0.5)


def report(seconds: float, memory: dict[str, int], jobs: int, requests: Counter[str], runs: int) -> None:
    figure(
        "backfill_github",
        seconds / 60 * 100_000 / jobs,
        "minutes for 100,000 jobs",
        target=MINUTES,
        at_most=True,
        jobs=jobs,
        seconds=round(seconds, 1),
    )
    figure(
        "backfill_github_requests",
        requests.total() / runs,
        "requests per run",
        jobs=jobs,
        requests=requests.total(),
        lists=requests[f"/repos/{simulated_github.SLUG}/actions/runs"],
    )
    figure(
        "backfill_github_memory",
        memory["end"] / memory["quarter"],
        "ratio",
        target=GROWTH,
        at_most=True,
        megabytes=round(memory["end"] / 2**20),
    )


if __name__ == "__main__":
    main()
