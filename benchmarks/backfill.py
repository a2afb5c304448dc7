"""A year of a GitHub repo into an empty store, through the service: time, requests and memory.

`BTT_BENCH_JOBS=100000` is the full size; what is usual is a fifth of it, for time.
"""

from __future__ import annotations

import os
import re
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
            multi_import_delay=0.0,
            sweep_interval=0.0,
            github_api_url=github,
            github_token=TOKEN,
        )
        logging_setup.set_up(settings)
        with bootstrap.serving(settings) as url:
            client = ServiceClient(url, settings.admin_token)
            seconds, memory = backfill(client, runs)
            path = f"/projects/{simulated_github.SLUG}/builds"
            attempts = [build["jobs"] for build in client.each(path, "builds", since="2010-01-01")]
            client.close()
        requests = Counter(httpx.get(f"{github}/_requests").json())
        report(seconds, memory, sum(attempts), requests, len(attempts))


def backfill(client: ServiceClient, runs: int) -> tuple[float, dict[str, int]]:
    """Seconds, and the memory of this process in bytes by the share of builds that were done."""
    begin = time.perf_counter()
    memory: dict[str, int] = {}
    wanted = {"provider": "github", "repo": simulated_github.SLUG, "builds": "since 2000 days", "whole": True}
    name = client.post("/imports", wanted)["id"]
    while True:
        state = client.get(f"/imports/{name}")
        ended = state["done"] + state["failed"]
        if ended * 4 >= runs:
            memory.setdefault("quarter", psutil.Process().memory_info().rss)
        if state["finished_at"]:
            memory["end"] = psutil.Process().memory_info().rss
            if state["failed"]:
                raise RuntimeError(f"{state['failed']} builds could not be had")
            return time.perf_counter() - begin, memory
        time.sleep(0.5)


def report(seconds: float, memory: dict[str, int], jobs: int, requests: Counter[str], attempts: int) -> None:
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
        requests.total() / attempts,
        "requests per attempt of a run",
        jobs=jobs,
        requests=requests.total(),
        of=dict(_by_kind(requests)),
    )
    figure(
        "backfill_github_memory",
        memory["end"] / memory["quarter"],
        "ratio",
        target=GROWTH,
        at_most=True,
        megabytes=round(memory["end"] / 2**20),
    )


def _by_kind(requests: Counter[str]) -> Counter[str]:
    """Ids of runs and commits left out."""
    kinds: Counter[str] = Counter()
    for path, count in requests.items():
        kinds[re.sub(r"[0-9]+", "N", path.removeprefix(f"/repos/{simulated_github.SLUG}/"))] += count
    return kinds


if __name__ == "__main__":
    main()
