"""ECharts against uPlot: gzip size, and time to draw ten line charts of 365 points and a scatter of 50,000.

`make measure-frontend` runs it. One JSON line per figure; every drawing has a page of its own, in turns.
"""

from __future__ import annotations

import gzip
import statistics
import sys
from pathlib import Path

from playwright.sync_api import Browser, Route

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks.report import figure  # noqa: E402
from tests.browser.chromium import launched  # noqa: E402

HERE = ROOT / "frontend/measure"
VENDOR = ROOT / "src/buildtimetrend/web/static/vendor"
UPLOT = ROOT / "frontend/node_modules/uplot/dist"
FILES = {
    "/": HERE / "index.html",
    "/measure.js": HERE / "measure.js",
    "/uplot.js": UPLOT / "uPlot.iife.min.js",
    "/uplot.css": UPLOT / "uPlot.min.css",
    **{f"/vendor/{file.name}": file for file in VENDOR.glob("*.js")},
}
ADDRESS = "http://127.0.0.1"  # nothing listens there: `_answer` does
CANDIDATES = ("echarts-canvas", "echarts-svg", "uplot")
TASKS = ("lines", "scatter")
RUNS = 9


def main() -> None:
    sizes = {
        "echarts": sum(_size(file) for file in VENDOR.glob("*.js")),
        "uplot": _size(UPLOT / "uPlot.iife.min.js") + _size(UPLOT / "uPlot.min.css"),
    }
    for name, size in sizes.items():
        figure(f"{name}_gzip", size / 1000, "kB")
    figure("echarts_to_uplot_gzip", sizes["echarts"] / sizes["uplot"], "ratio")
    with launched() as browser:
        for task in TASKS:
            _compare(browser, task)


def _compare(browser: Browser, task: str) -> None:
    runs = [[_draw(browser, candidate, task) for candidate in CANDIDATES] for _ in range(RUNS + 1)]
    # The first of all runs starts the browser's processes.
    times = [statistics.median(column) for column in zip(*runs[1:], strict=True)]
    for candidate, time in zip(CANDIDATES, times, strict=True):
        figure(f"{candidate}_{task}", time, "ms", runs=RUNS, ratio_to_uplot=round(time / times[-1], 2))


def _draw(browser: Browser, candidate: str, task: str) -> float:
    with browser.new_context() as context:
        page = context.new_page()
        page.route("**", _answer)
        page.goto(f"{ADDRESS}/")
        milliseconds: float = page.evaluate("([candidate, task]) => draw(candidate, task)", [candidate, task])
        return milliseconds


def _answer(route: Route) -> None:
    file = FILES.get(route.request.url.removeprefix(ADDRESS))
    if file:
        route.fulfill(path=file)
    else:
        route.fulfill(status=404)


def _size(file: Path) -> int:
    return len(gzip.compress(file.read_bytes(), 9))


if __name__ == "__main__":
    main()
