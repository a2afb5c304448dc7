"""What ECharts has put on the canvas of a panel, not only what it was told to."""

from __future__ import annotations

import re
from typing import Any, Literal

from playwright.sync_api import Locator, Page

from buildtimetrend.web.pages.panels import VIEWS

_CHART = """
    const library = document.querySelector("link[href$='vendor/echarts.js']").href;
    const chart = (await import(library)).getInstanceByDom(plot);
    const all = chart.getZr().storage.getDisplayList(true);
    const shown = all.filter((one) => !one.ignore && !one.invisible);
"""
_SERIES = """
    const context = plot.querySelector("canvas").getContext("2d");
    const circles = shown.filter((one) => one.shape?.symbolType === "circle");
    const dots = circles.map((one) => one.transform.slice(4));
    const near = ([x, y]) => dots.some((dot) => Math.hypot(dot[0] - x, dot[1] - y) < 1);
    const ink = ([x, y]) => {
        const [red, green, blue, alpha] =
            context.getImageData(x * devicePixelRatio, y * devicePixelRatio, 1, 1).data;
        return alpha > 200 ? `rgb(${red}, ${green}, ${blue})` : null;
    };
    let heights = new Map();
    return chart.getOption().series.map((series, seriesIndex) => ({
        name: series.name,
        plot: series.yAxisIndex ?? 0,
        type: series.type,
        colour: series.itemStyle?.color,
        opacity: series.itemStyle?.opacity ?? 1,
        area: series.areaStyle?.opacity ?? null,
        data: series.data.map((point) => {
            const value = point?.value ?? point;
            if (point?.end) return { value, end: true };
            if (series.type !== "line") return { value, colour: point?.itemStyle?.color };
            const [at, own] = value;
            if (own === null) return { value };
            const height = series.stack ? own + (heights.get(at) ?? 0) : own;
            if (series.stack) heights.set(at, height);
            const place = chart.convertToPixel({ xAxisIndex: 0, yAxisIndex: 0 }, [at, height]);
            return { value, dot: near(place), ink: ink(place) };
        }),
    }));
"""
_TEXTS = "return shown.filter((one) => one.style?.text).map((one) => one.style.text);"
_TIP = """
    const { seriesIndex, row } = place;
    const { data } = chart.getOption().series[seriesIndex];
    const values = data.flatMap((point, index) => (point?.end ? [] : [index]));
    chart.dispatchAction({ type: "showTip", seriesIndex, dataIndex: values[row] });
"""


# Where each chart is drawn, the first of several places.
PLACES = {
    name: "dashboard" if view == "overview" else view
    for view, sections in VIEWS.items()
    for panels in sections.values()
    for panel in panels
    for name in (*panel.more, panel.chart)
} | {"steps": "steps"}


def view_of(chart: str, repo: str) -> str:
    """The address of the page that it is on."""
    return f"/{PLACES[chart]}/{repo}"


def tool(section: Locator, role: Literal["button", "link"], name: str) -> Locator:
    """What the menu of a panel offers: open, so that it can be chosen."""
    place = section.locator(".menu")
    found = place.get_by_role(role, name=name, include_hidden=True)
    if not found.is_visible():
        place.locator("summary").click()
    return found


def panel(page: Page, chart: str) -> Locator:
    return page.locator(f'[data-chart="{chart}"]')


def series(page: Page, chart: str) -> list[dict[str, Any]]:
    """Each series with its colour and data; of a line whether a value has a dot, and the ink in its place."""
    found: list[dict[str, Any]] = _run(page, chart, _SERIES)
    return found


def texts(page: Page, chart: str) -> list[str]:
    """Everything that is written into the plot: labels of the axes and their names."""
    found: list[str] = _run(page, chart, _TEXTS)
    return found


def tip(page: Page, chart: str, row: int, series: int = 0) -> list[str]:
    """The lines of the tooltip at a value: so many values of the series that are known are before it."""
    plot = panel(page, chart).locator(".plot")
    place = {"seriesIndex": series, "row": row}
    plot.evaluate(f"async (plot, place) => {{ {_CHART} {_TIP} }}", place)
    shown = plot.locator(".tip")
    shown.wait_for()
    return shown.inner_text().splitlines()


def hex_of(colour: str) -> str:
    """`rgb(1, 2, 3)` as `#010203`."""
    parts = [int(part) for part in re.findall(r"\d+", colour)]
    return "#" + "".join(f"{part:02x}" for part in parts[:3])


def _run(page: Page, chart: str, script: str) -> Any:
    return panel(page, chart).locator(".plot").evaluate(f"async (plot) => {{ {_CHART} {script} }}")
