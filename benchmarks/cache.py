"""Answers from memory while builds land: 50 dashboards, and 20 builds a second over the 50 repos.

The dashboards are of 50 repos, of 10 or all of one; each refreshes once a minute, and at last as soon as it
is answered. What can come from memory follows from how often a build of the same repo lands, once in 2.5 s,
and from how many look at it.
"""

from __future__ import annotations

import itertools
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from shutil import copy

import httpx

from benchmarks.generate import BIGGEST, large_store
from benchmarks.load import load
from benchmarks.pages import asks, repos
from benchmarks.report import figure
from benchmarks.server import service
from benchmarks.store_write import sample_build
from buildtimetrend.model import Build
from buildtimetrend.store import open_store
from buildtimetrend.store.base import Pushing

OPEN = 50
EVERY = 60  # seconds between two refreshes of a page: a fifth of the least that a page allows
SECONDS = 15
BUILDS = 20  # a second
TOOK = timedelta(minutes=4)
TOKEN = "bench"
ENVIRONMENT = {"BTT_ADMIN_TOKEN": TOKEN, "BTT_LOGLEVEL": "ERROR"}
SOURCES = ("kept", "shared", "store")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Path(copy(large_store(), folder))
        with service(database, **ENVIRONMENT) as url:
            names = repos(url, OPEN)
            with landing(url, names, Path(folder)):
                for few in (OPEN, OPEN // 5, 1):
                    measure(url, names[:few], len(asks(url, BIGGEST)) * OPEN / EVERY)
                measure(url, names[:1], None)


def measure(url: str, names: Sequence[str], rate: float | None) -> None:
    before = answers(url)
    asked = [address for repo in names for address in asks(url, repo)]
    run = load(*asked, connections=OPEN, seconds=SECONDS, rate=rate)
    if set(run.statuses) != {"200"}:
        raise RuntimeError(f"answers {run.statuses}")
    came = {source: number - before[source] for source, number in answers(url).items()}
    whole = sum(came.values())
    figure(
        f"cache_hits_{'open' if rate else 'busy'}_dashboards_of_{len(names)}_repos",
        100 * (whole - came["store"]) / whole,
        "%",
        shared=round(100 * came["shared"] / whole, 1),
        dashboards=OPEN,
        builds_per_second=BUILDS,
        questions_per_second=round(run.rate, 1),
        p50_ms=round(run.p50, 1),
    )


def answers(url: str) -> dict[str, float]:
    """Charts and figures that were wanted until now, by where they came from."""
    lines = httpx.get(f"{url}/metrics").raise_for_status().text.splitlines()
    values = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {source: float(values[f'buildtimetrend_answers_total{{source="{source}"}}']) for source in SOURCES}


@contextmanager
def landing(url: str, names: Sequence[str], folder: Path) -> Iterator[None]:
    """Builds of these repos in turn, as long as the context lasts."""
    ends = threading.Event()
    behind: list[float] = []

    def noted(due: float, _: object) -> None:
        behind.append(time.monotonic() - due)

    def push() -> None:
        with closing(open_store(url, pushing=Pushing(TOKEN, folder / "outbox"))) as store:
            begin = time.monotonic()
            for number in itertools.count():
                due = begin + number / BUILDS
                if ends.wait(due - time.monotonic()):
                    return
                landed = store.save(build(number, names[number % len(names)]))
                landed.add_done_callback(partial(noted, due))

    thread = threading.Thread(target=push)
    thread.start()
    try:
        yield
    finally:
        ends.set()
        thread.join()
    figure("cache_builds_landed_after", statistics.median(behind), "s", builds=len(behind))


def build(number: int, repo: str) -> Build:
    """It has just ended."""
    made, now = sample_build(number), datetime.now(UTC)
    job = replace(made.jobs[0], queued_at=now - TOOK, started_at=now - TOOK, finished_at=now)
    return replace(made, repo=repo, started_at=now - TOOK, finished_at=now, jobs=(job,))


if __name__ == "__main__":
    main()
