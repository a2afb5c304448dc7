"""The biggest project's page in Chromium, on the large store; and webhooks while 50 pages refresh.

Every visit has an empty browser cache and asks what the service has not yet answered: no two visits end
their year at the same second. Only what is called "again" has been answered before.
"""

from __future__ import annotations

import itertools
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page
from tests.browser.chromium import launched

from benchmarks.generate import BIGGEST, large_store
from benchmarks.load import Load, load
from benchmarks.pages import asks, repos
from benchmarks.report import figure
from benchmarks.server import service
from benchmarks.webhook import CONNECTIONS, RATE, SECONDS, notification

VISITS = 7
OPEN = 50
EVERY = 60  # seconds between two refreshes of a page: a fifth of the least that a page allows
BRANCH = "main"  # three fifths of all builds and all pull requests
ENVIRONMENT = {
    "BTT_TRAVIS_VERIFY": "false",
    "BTT_TRAVIS_DELAY": "3600",  # the notified builds do not fall due
    "BTT_LOGLEVEL": "ERROR",
}

_FIRST = """() => {
    const scripts = performance.getEntriesByType("resource").filter((entry) => entry.name.endsWith(".js"));
    return {
        painted: performance.getEntriesByName("first-contentful-paint")[0].startTime,
        drawn: performance.getEntriesByName("dashboard:drawn")[0].startTime,
        charts: performance.getEntriesByName("dashboard:drawn")[0].detail.charts,
        bytes: scripts.reduce((sum, entry) => sum + entry.transferSize, 0),
        scripts: scripts.length,
    };
}"""
_FILTER = """(branch) => new Promise((resolve) => {
    const began = performance.now();
    new PerformanceObserver((marks, observer) => {
        observer.disconnect();
        resolve(marks.getEntriesByName("dashboard:drawn")[0].startTime - began);
    }).observe({ type: "mark" });
    const select = document.querySelector("select[name=filter_branch]");
    select.value = branch;
    select.dispatchEvent(new Event("change", { bubbles: true }));
})"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        # A copy: webhooks are written into it.
        database = Path(shutil.copy(large_store(), folder))
        with service(database, **ENVIRONMENT) as url:
            with launched() as browser:
                _measure_visits(browser, url)
            _measure_webhooks(url, Path(folder))


def _measure_visits(browser: Browser, url: str) -> None:
    year = _years()
    visit(browser, url, next(year))  # reads the file's parts into memory, as any earlier visit has
    visits = [visit(browser, url, next(year)) for _ in range(VISITS)]
    median = {name: statistics.median(visit[name] for visit in visits) for name in visits[0]}
    figure("dashboard_first_paint", median["painted"], "ms", target=500, at_most=True, visits=VISITS)
    figure("dashboard_drawn", median["drawn"], "ms", target=1500, at_most=True, charts=median["charts"])
    figure(
        "dashboard_scripts", median["bytes"] / 1000, "kB", target=250, at_most=True, files=median["scripts"]
    )
    for name in ("filtered", "filtered_again"):
        figure(f"dashboard_{name}", median[name], "ms", target=300, at_most=True, visits=VISITS)


def visit(browser: Browser, url: str, path: str) -> dict[str, float]:
    """Milliseconds to the first paint, to all charts, and from another filter to all charts; counts."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.goto(url + path)
        _drawn(page)
        found: dict[str, float] = page.evaluate(_FIRST)
        for name, branch in (("filtered", BRANCH), ("all", ""), ("filtered_again", BRANCH)):
            found[name] = page.evaluate(_FILTER, branch)
            _drawn(page)
        return found


def _drawn(page: Page) -> None:
    page.locator("main[data-state=drawn]").wait_for()


def _years() -> Iterator[str]:
    """Addresses of the biggest project's year."""
    now = datetime.now(UTC).replace(microsecond=0)
    for second in itertools.count():
        until = urlencode({"timeframe": "year", "until": (now - timedelta(seconds=second)).isoformat()})
        yield f"/dashboard/{BIGGEST}?{until}"


def _measure_webhooks(url: str, folder: Path) -> None:
    body = folder / "body"
    body.write_bytes(notification())
    asked = list(itertools.chain.from_iterable(asks(url, repo) for repo in repos(url, OPEN)))
    for name, rate, target in (("open", len(asked) / EVERY, 50), ("busy", None, None)):
        refreshed, sent = _at_once(
            partial(load, *asked, connections=OPEN, seconds=SECONDS + 4, rate=rate),
            partial(load, f"{url}/travis", connections=CONNECTIONS, seconds=SECONDS, body=body, rate=RATE),
        )
        if set(sent.statuses) != {"202"} or set(refreshed.statuses) != {"200"}:
            raise RuntimeError(f"answers {sent.statuses} and {refreshed.statuses}")
        figure(
            f"webhook_p99_during_{name}_dashboards",
            sent.p99,
            "ms",
            target=target,
            at_most=True,
            p50=round(sent.p50, 2),
            per_second=RATE,
            dashboards=OPEN,
            refreshes_per_second=round(refreshed.rate * OPEN / len(asked), 2),
        )


def _at_once(first: Callable[[], Load], second: Callable[[], Load]) -> tuple[Load, Load]:
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(first)
        time.sleep(2)
        found = second()
        return running.result(), found


if __name__ == "__main__":
    main()
