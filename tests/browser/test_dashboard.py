"""A project's page: what its charts draw, and every control of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.accessible import assert_accessible, assert_accessible_in_both_schemes
from tests.browser.builds import a_branch
from tests.browser.drawn import panel, tool, view_of
from tests.browser.sites import Windows
from tests.browser.stores import BUSY
from tests.browser.watch import settled
from tests.e2e.processes import Service

PAGE = f"/dashboard/{BUSY}"
YEAR = f"{PAGE}?timeframe=year"
JOBS = f"/jobs/{BUSY}?timeframe=year"
API = f"/api/v1/projects/{BUSY}/charts"
# Charts by the names that their series have on the page, and by those of their columns.
LINES = {"Average": "average", "Median": "p50", "95th percentile": "p95"}

# What ECharts draws in a panel: its series, with instants as milliseconds.
_DRAWN = """
    async (plot) => {
        const library = document.querySelector("link[href$='vendor/echarts.js']").href;
        const { getInstanceByDom } = await import(library);
        return getInstanceByDom(plot).getOption().series.map(({ name, data }) => ({
            name,
            data: data
                .filter((point) => !point?.end)
                .map((point) => point?.took === undefined ? point?.value ?? point
                    : [point.value[0], point.took]),
        }));
    }
"""

_LAST_BAR = """
    async (plot) => {
        const library = document.querySelector("link[href$='vendor/echarts.js']").href;
        const chart = (await import(library)).getInstanceByDom(plot);
        const { data } = chart.getOption().series[0];
        return chart.convertToPixel({ seriesIndex: 0 }, [data.length - 1, data.at(-1).value / 2]);
    }
"""

# The first answer of the page of findings begins and does not go on until its reader leaves.
_FINDINGS_DRIP = """
    () => {
        const whole = window.fetch;
        const { dataset } = document.documentElement;
        window.fetch = (address, options) => {
            const findings = String(address).startsWith("/findings/");
            if (!findings || "dripping" in dataset) return whole(address, options);
            const { signal } = options;
            const start = (body) => {
                dataset.dripping = "";
                signal.addEventListener("abort", () => body.error(signal.reason));
            };
            return Promise.resolve(new Response(new ReadableStream({ start })));
        };
    }
"""


def chosen(page: Page, parameter: str) -> Locator:
    return page.locator(f"[data-filters] [name={parameter}]")


def drawn(page: Page, chart: str) -> dict[str, list[Any]]:
    """The data of each series by its name."""
    found = panel(page, chart).locator(".plot").evaluate(_DRAWN)
    return {series["name"]: series["data"] for series in found}


def asked(service: Service, chart: str, query: str = "?timeframe=year") -> dict[str, list[Any]]:
    """The columns of a chart by their names. tests/charts holds these to a reckoning of their own."""
    columns = httpx.get(f"{service.url}{API}/{chart}{query}").raise_for_status().json()["columns"]
    return {column["name"]: column["values"] for column in columns}


def ms(instant: str) -> int:
    return math.floor(datetime.fromisoformat(instant).timestamp() * 1000)


def over_time(times: list[str], values: list[Any]) -> list[list[Any]]:
    return [[ms(time), value] for time, value in zip(times, values, strict=True)]


def in_buckets(found: list[list[Any]], times: list[str], values: list[Any]) -> bool:
    """Whether each value, of those that are known, stands within its bucket."""
    starts = [ms(time) for time in times]
    ends = [*starts[1:], math.inf]
    known = [(start, end, value) for start, end, value in zip(starts, ends, values, strict=True) if value]
    drawn = [(at, value) for at, value in found if value]
    return len(drawn) == len(known) and all(
        start <= at < end and value == wanted
        for (at, value), (start, end, wanted) in zip(drawn, known, strict=True)
    )


@pytest.fixture(scope="module")
def year(browser: Any, demo: Service) -> Any:
    """The view of a year that a chart is on: each is opened once."""
    windows = Windows(browser, demo)
    views: dict[str, Page] = {}

    def of(chart: str) -> Page:
        path = f"{view_of(chart, BUSY)}?timeframe=year"
        if path not in views:
            views[path] = windows.open(path)
        return views[path]

    yield of
    assert not windows.close()


Year: TypeAlias = Callable[[str], Page]


@pytest.mark.parametrize("chart", ["duration", "queue"])
def test_lines_are_the_numbers_of_the_store(year: Year, demo: Service, chart: str) -> None:
    found, columns = drawn(year(chart), chart), asked(demo, chart)
    for name, column in LINES.items():
        assert in_buckets(found[name], columns["time"], columns[column])


def test_wall_time_and_what_it_is_made_of_are_those_of_the_store(year: Year, demo: Service) -> None:
    page = year("build_times")
    found, times, made = drawn(page, "build_times"), asked(demo, "build_times"), asked(demo, "wall_parts")
    assert in_buckets(found["Median"], times["time"], times["p50"])
    step = next(name for name in made["step"] if name)
    for name, part in {
        step: "longest_step",
        "other steps": "other_steps",
        "booting": "booting",
        "waiting for a worker": "waiting",
    }.items():
        assert in_buckets(found[name], made["time"], made[part]), name
    said = page.locator('[data-chart="build_times"] .plot').get_attribute("aria-label") or ""
    assert said.startswith("Wall time of builds: ")
    assert "median from" in said
    # A change has a line through both plots, and the table beside them says what grew.
    assert f"{step} +" in said
    beside = page.get_by_role("region", name="Parts of the wall time")
    expect(beside.locator("tbody tr").first).to_contain_text(step)
    expect(beside.locator("tbody tr").last).to_contain_text("Wall time")
    expect(beside.locator("thead")).to_contain_text("since")


_PLACES = """
    async (plot) => {
        const library = document.querySelector("link[href$='vendor/echarts.js']").href;
        const chart = (await import(library)).getInstanceByDom(plot);
        const { min, max } = chart.getOption().xAxis[0];
        return [0, 1].map((axis) => [min, max].map((at) => chart.convertToPixel({ xAxisIndex: axis }, at)));
    }
"""


@pytest.mark.parametrize("timeframe", ["week", "year"])
def test_wall_time_and_its_parts_have_one_axis_of_time(windows: Windows, timeframe: str) -> None:
    page = windows.open(f"{PAGE}?timeframe={timeframe}")
    upper, lower = panel(page, "build_times").locator(".plot").evaluate(_PLACES)
    assert upper == pytest.approx(lower, abs=0.5)


def test_points_are_the_builds_of_the_store(year: Year, demo: Service) -> None:
    found, columns = drawn(year("build_points"), "build_times"), asked(demo, "build_points")
    points = [point for name, data in found.items() if name.endswith(" builds") for point in data]
    wanted = over_time(columns["finished_at"], columns["duration"])
    assert sorted(points) == sorted(point for point in wanted if point[1] is not None)


def test_the_success_rate_is_that_of_the_store(year: Year, demo: Service) -> None:
    columns = asked(demo, "success")
    found = drawn(year("success"), "success")["Success rate"]
    assert in_buckets(found, columns["time"], columns["success_rate"])


@pytest.mark.parametrize("chart", ["builds", "jobs"])
def test_results_are_those_of_the_store(year: Year, demo: Service, chart: str) -> None:
    columns = asked(demo, chart)
    times, found = columns.pop("time"), drawn(year(chart), chart)
    assert found.keys() == {name for name, values in columns.items() if any(values)}
    assert all(in_buckets(found[name], times, columns[name]) for name in found)


@pytest.mark.parametrize("chart", ["steps", "builds_per_branch"])
def test_stacks_are_as_high_as_all_names_together(year: Year, demo: Service, chart: str) -> None:
    columns = asked(demo, chart)
    columns.pop("time")
    heights = [sum(filter(None, row)) for row in zip(*columns.values(), strict=True)]
    stacks = [[value or 0 for _, value in data] for data in drawn(year(chart), chart).values()]
    drawn_heights = [sum(row) for row in zip(*stacks, strict=True)]
    assert list(filter(None, drawn_heights)) == pytest.approx(list(filter(None, heights)))


@pytest.mark.parametrize("chart", ["matrix", "branches"])
def test_bars_per_name_are_those_of_the_store(year: Year, demo: Service, chart: str) -> None:
    columns = asked(demo, chart)
    wanted = {"Median": columns["p50"][:15], "95th percentile": columns["p95"][:15]}
    assert drawn(year(chart), chart) == wanted


def test_other_bars_are_those_of_the_store(year: Year, demo: Service) -> None:
    page = year("branch_builds")
    assert drawn(page, "branch_builds")["Share"] == asked(demo, "branch_builds")["share"][:15]
    for chart in ("build_durations", "job_durations"):
        assert drawn(year(chart), chart)["Duration"] == asked(demo, chart)["duration"]
    results = asked(demo, "matrix_results")
    results.pop("matrix")
    found = drawn(year("matrix_results"), "matrix_results")
    assert found == {name: found for name, found in results.items() if any(found)}


@pytest.mark.parametrize(("chart", "places"), [("hours", "hour"), ("weekdays", "weekday")])
def test_clocks_are_those_of_the_store(year: Year, demo: Service, chart: str, places: str) -> None:
    columns = asked(demo, chart)
    columns.pop(places)
    assert list(drawn(year(chart), chart).values()) == list(columns.values())


def test_the_heat_map_is_that_of_the_store(year: Year, demo: Service) -> None:
    columns = asked(demo, "heatmap")
    (cells,) = drawn(year("heatmap"), "heatmap").values()
    days = list(dict.fromkeys(columns["weekday"]))
    wanted = [
        [hour, days.index(day), average]
        for hour, day, average in zip(columns["hour"], columns["weekday"], columns["average"], strict=True)
        if average is not None
    ]
    assert cells == wanted


def test_what_draws_heat_maps_is_asked_for_where_there_is_one(windows: Windows) -> None:
    scripts = """() => performance.getEntriesByType("resource").map(({ name }) => name.split("/").at(-1))"""
    for path, wanted in ((YEAR, False), (f"/when/{BUSY}?timeframe=year", True)):
        assert ("echarts-heat.js" in windows.open(path).evaluate(scripts)) == wanted


def test_the_slowest_steps_are_those_of_the_store(year: Year, demo: Service) -> None:
    columns = asked(demo, "slowest_steps")
    rows = panel(year("slowest_steps"), "slowest_steps").locator("tbody tr")
    assert rows.locator("th .called").all_inner_texts() == columns["step"]
    shares = [
        float(text.removesuffix("\N{NO-BREAK SPACE}%"))
        for text in rows.locator("td:nth-child(6)").all_inner_texts()
    ]
    assert shares == pytest.approx(columns["share"], abs=0.051)
    assert math.fsum(columns["share"]) == pytest.approx(100)


@pytest.mark.parametrize("path", [YEAR, JOBS])
def test_every_chart_can_be_read_as_a_table(windows: Windows, path: str) -> None:
    page = windows.open(path)
    for section in page.locator("[data-chart]").all():
        toggle = tool(section, "button", "as a table")
        toggle.click()
        assert toggle.get_attribute("aria-pressed") == "true"
        assert section.locator("table.data tbody tr").count() > 0
    assert_accessible(page)
    for section in page.locator("[data-chart]").all():
        tool(section, "button", "as a table").click()
    expect(page.locator(".plot canvas").first).to_be_visible()


@pytest.mark.parametrize("kind", ["PNG", "SVG"])
def test_a_chart_is_saved_as_a_picture(year: Year, kind: str) -> None:
    page = year("duration")
    offered = tool(panel(page, "duration"), "button", kind)
    with page.expect_download() as saved:
        offered.click()
    content = saved.value.path().read_bytes()
    assert saved.value.suggested_filename == f"duration.{kind.lower()}"
    assert content.startswith(b"\x89PNG" if kind == "PNG" else b"<svg")
    assert len(content) > 2000


def test_csv_has_the_range_of_the_page(year: Year) -> None:
    page = year("duration")
    offered = tool(panel(page, "duration"), "link", "CSV")
    with page.expect_download() as saved:
        offered.click()
    lines = saved.value.path().read_text().splitlines()
    assert lines[0].startswith("time,average")
    assert len(lines) > 50


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("timeframe", "month"),
        ("filter_branch", None),
        ("filter_build_result", "failed"),
        ("filter_build_trigger", "pull_request"),
        ("filter_build_matrix", "python 2.7 linux trusty"),
    ],
)
def test_a_choice_is_in_the_address_and_in_every_chart(
    windows: Windows, demo: Service, parameter: str, value: str | None
) -> None:
    value = value or a_branch(demo)
    page = windows.open(YEAR)
    before = page.locator('[data-figure="jobs"] strong').inner_text()
    chosen(page, parameter).select_option(value)
    expect(page.locator('[data-figure="jobs"] strong')).not_to_have_text(before)
    settled(page)
    assert f"{parameter}={value.replace(' ', '+')}" in page.url
    wanted = [url for url in windows.watch(page).asked if "/charts/" in url][-1]
    assert f"{parameter}={value.replace(' ', '+')}" in wanted
    # The address alone is the view: another window shows the same.
    other = windows.open(page.url)
    assert chosen(other, parameter).input_value() == value
    figures = ".cards [data-figure] strong"
    assert other.locator(figures).all_inner_texts() == page.locator(figures).all_inner_texts()


def test_back_undoes_a_choice(windows: Windows, demo: Service) -> None:
    page = windows.open(YEAR)
    figure = page.locator('[data-figure="jobs"] strong')
    before = figure.inner_text()
    chosen(page, "filter_branch").select_option(a_branch(demo))
    expect(figure).not_to_have_text(before)
    page.go_back()
    expect(figure).to_have_text(before)
    expect(chosen(page, "filter_branch")).to_have_value("")


def test_back_in_the_middle_of_an_answer_is_no_error_of_the_page(windows: Windows, demo: Service) -> None:
    """`windows` fails where a script does."""
    page = windows.open(YEAR)
    page.evaluate(_FINDINGS_DRIP)
    chosen(page, "filter_branch").select_option(a_branch(demo))
    expect(page.locator("html[data-dripping]")).to_be_attached()
    page.go_back()
    expect(chosen(page, "filter_branch")).to_have_value("")
    settled(page)


def test_dragging_across_a_chart_zooms_all_of_them(windows: Windows) -> None:
    page = windows.open(YEAR)
    plot = panel(page, "build_times").locator(".plot")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + 100, steps=4)
    page.mouse.up()
    page.wait_for_url("**since=*until=*")
    out = page.locator("[data-zoom-out]")
    expect(out).to_be_visible()
    settled(page)
    first, last = (drawn(page, "build_times")["Median"][row][0] for row in (0, -1))
    assert (last - first) / 86_400_000 == pytest.approx(364 * 0.3, rel=0.2)
    out.click()
    page.wait_for_url(lambda url: "since" not in url)
    settled(page)
    first, last = (drawn(page, "build_times")["Median"][row][0] for row in (0, -1))
    assert (last - first) / 86_400_000 > 300


def test_a_legend_hides_and_shows_a_series(year: Year) -> None:
    page = year("duration")
    button = panel(page, "duration").get_by_role("button", name="Average", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "false")
    assert "Average" not in drawn(page, "duration")
    page.keyboard.press("Enter")
    assert "Average" in drawn(page, "duration")


def test_a_click_on_a_build_opens_it(windows: Windows) -> None:
    page = windows.open(f"/when/{BUSY}?timeframe=week")
    plot = panel(page, "build_durations").locator(".plot")
    plot.scroll_into_view_if_needed()
    x, y = plot.evaluate(_LAST_BAR)
    plot.click(position={"x": x, "y": y})
    page.wait_for_url(f"**/build/travis/{BUSY}/*")


def test_hovering_shows_the_same_instant_in_all_charts_over_time(windows: Windows) -> None:
    page = windows.open(JOBS)
    plot = panel(page, "duration").locator(".plot")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + box["height"] * 0.5)
    titles = page.locator(".tip strong")
    expect(titles.nth(2)).to_be_attached()
    assert len({text[:10] for text in titles.all_inner_texts()}) <= 2


def test_it_refreshes_by_itself_without_flicker(windows: Windows) -> None:
    page = windows.open()
    page.clock.install()
    page.goto(f"{JOBS}&refresh=30")
    page.clock.run_for(1000)
    settled(page)
    page.evaluate("window.before = document.querySelector('[data-chart=duration] canvas')")
    asked = len(windows.watch(page).asked)
    with page.expect_response(lambda answer: "/charts/duration" in answer.url):
        page.clock.run_for(31 * 60 * 1000)
    settled(page)
    assert len(windows.watch(page).asked) > asked
    assert page.evaluate("window.before === document.querySelector('[data-chart=duration] canvas')")


def test_a_chart_that_fails_says_so_and_can_be_asked_again(windows: Windows) -> None:
    page = windows.open(expect={500})
    answer = {"error": {"code": "internal", "message": "It broke.", "detail": None}}
    page.route("**/charts/queue?**", lambda route: route.fulfill(status=500, json=answer))
    page.goto(JOBS)
    settled(page)
    expect(panel(page, "queue")).to_contain_text("It broke.")
    assert drawn(page, "duration")
    page.unroute("**/charts/queue?**")
    panel(page, "queue").get_by_role("button", name="Try again").click()
    expect(panel(page, "queue").locator("canvas")).to_be_visible()


def test_the_other_scheme_draws_in_other_colours(windows: Windows) -> None:
    page = windows.open(JOBS)
    mark = panel(page, "duration").locator(".legend .mark").first
    colour = mark.evaluate("(mark) => getComputedStyle(mark).color")
    page.locator("[data-theme-switch]").select_option("dark")
    expect(mark).not_to_have_css("color", colour)
    page.reload()
    settled(page)
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert_accessible(page)


def test_everything_is_there_without_scripts(windows: Windows, demo: Service) -> None:
    page = windows.open(JOBS, scripts=False)
    assert page.locator("[data-chart]").count() >= 8
    branch = a_branch(demo)
    chosen(page, "filter_branch").select_option(branch)
    page.get_by_role("button", name="Show").click()
    assert f"filter_branch={branch}" in page.url
    tool(panel(page, "duration"), "link", "Table").click()
    assert page.locator("table.data tbody tr").count() > 50


@pytest.mark.parametrize("query", ["?timeframe=day&filter_branch=gone", "?timeframe=decade&refresh=often"])
def test_nothing_to_draw_and_wrong_parameters_are_said(windows: Windows, query: str) -> None:
    page = windows.open(PAGE + query)
    if "decade" in query:
        expect(page.locator(".note")).to_have_count(2)
    else:
        expect(panel(page, "build_times")).to_contain_text("No data in this range.")
    assert_accessible_in_both_schemes(page)


@pytest.mark.parametrize(
    "path", [f"/{BUSY}/index.html?timeframe=year&refresh=20", "?repo=simulated%2Fnumbers&timeframe=year"]
)
def test_old_addresses_show_the_same_view(windows: Windows, path: str) -> None:
    page = windows.open(f"/dashboard{path}")
    expect(page.locator("h1")).to_have_text(BUSY)
    expect(chosen(page, "timeframe")).to_have_value("year")
    assert page.locator(".plot canvas").count() == 1
