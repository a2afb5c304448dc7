"""Answers from memory while builds land: 50 dashboards, and 20 builds a second over 50 repos.

The dashboards refresh once a minute, or as soon as they are answered. First the builds are of the repos that
are looked at, 50 of them or one: a build of the same repo lands once in 2.5 s, and what can come from memory
follows from how many look at it meanwhile. Then the builds are of 50 other repos, new ones, and everything
has been asked once.
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
FEW = 3  # repos whose answers are all there before they are counted
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
                paced = len(asks(url, BIGGEST)) * OPEN / EVERY
                measure(url, "open", names, paced)
                measure(url, "open", names[:1], paced)
                measure(url, "busy", names[:1], None)
            with landing(url, [f"others/repo{number}" for number in range(OPEN)], Path(folder)):
                for address in (address for repo in names[:FEW] for address in asks(url, repo)):
                    httpx.get(address, timeout=60).raise_for_status()
                measure(url, "undisturbed", names[:FEW], None)


def measure(url: str, name: str, names: Sequence[str], rate: float | None) -> None:
    before = answers(url)
    asked = [address for repo in names for address in asks(url, repo)]
    run = load(*asked, connections=OPEN, seconds=SECONDS, rate=rate)
    if set(run.statuses) != {"200"}:
        raise RuntimeError(f"answers {run.statuses}")
    came = {source: number - before[source] for source, number in answers(url).items()}
    whole = sum(came.values())
    figure(
        f"cache_hits_{name}_dashboards_of_{len(names)}_repos",
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
