"""What charts show of few builds, of colours, and of time, read from the canvas."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from buildtimetrend.model import Build, Result
from buildtimetrend.text import together
from tests.browser import stores
from tests.browser.drawn import hex_of, panel, series, texts, tip, tool, view_of
from tests.browser.sites import Windows, schemes, site
from tests.browser.stores import BUSY
from tests.e2e.processes import Service
from tests.web.conftest import NOW, a_build
from tests.web.contrast import contrast, difference
from tests.web.test_colours import ALIKE, MARK, colour

pytestmark = pytest.mark.races

OF_JOBS = ("duration", "queue", "success")
# A Tuesday of another year; on the Sunday before, clocks went back in Los Angeles.
TUESDAY = datetime(2024, 11, 5, tzinfo=UTC)
MONDAY = datetime(2024, 11, 4, tzinfo=UTC)
SUNDAY = datetime(2024, 11, 3, tzinfo=UTC)
WEEKS = "since=2024-11-04&until=2024-12-18"
CUT = "since=2024-11-05T08:00:00Z&until=2024-11-08"
GAPS = (0, 1, 2, 5, 9, 10, 23)  # hours of that day that have a build
FAR = 5  # the build that took far longer than all others of a repo
DAY = "since=2024-11-05T00:00:00Z&until=2024-11-06T00:00:00Z"
ZONES = {
    "America/Los_Angeles": ("UTC\N{MINUS SIGN}8", timedelta(hours=-8)),
    "Asia/Kolkata": ("UTC+5:30", timedelta(hours=5, minutes=30)),
    "Pacific/Auckland": ("UTC+13", timedelta(hours=13)),
    "UTC": ("UTC", timedelta()),
}


def built(number: int, at: datetime, **values: Any) -> Build:
    return a_build(number, ago=NOW - at, seconds=60.0 + 10 * number, **values)


@pytest.fixture(scope="module")
def few(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Repos with one build, with a build now and then, and with none that counts."""
    folder = tmp_path_factory.mktemp("few")
    stores.save(
        folder,
        [
            a_build(1, repo="day/first", ago=timedelta(minutes=20)),
            built(1, TUESDAY + timedelta(hours=3), repo="day/one"),
            *(built(n, TUESDAY + timedelta(hours=hour), repo="day/gaps") for n, hour in enumerate(GAPS, 1)),
            *(
                built(n, TUESDAY + timedelta(weeks=week), repo="day/weeks")
                for n, week in enumerate((0, 2, 3), 1)
            ),
            *(
                built(n, TUESDAY + timedelta(hours=n), repo="day/all", result=result)
                for n, result in enumerate(Result, 1)
            ),
            *(built(n, SUNDAY + timedelta(hours=7 + n), repo="day/twice") for n in (1, 2)),
            *(
                built(n, TUESDAY + timedelta(hours=n), repo="day/long", step=f"./{n}/" + 12 * "long-name-")
                for n in range(1, 9)
            ),
            built(1, TUESDAY + timedelta(hours=3), repo="day/canceled", result=Result.CANCELED),
            *(
                a_build(
                    n,
                    ago=NOW - TUESDAY - timedelta(hours=n),
                    repo="day/far",
                    seconds=7200.0 if n == FAR else 60.0,
                )
                for n in range(1, 13)
            ),
        ],
    )
    with site(folder) as service:
        yield service


def opened(
    windows: Windows, few: Service, repo: str, query: str, chart: str = "build_times", **how: Any
) -> Page:
    """The view that has the chart."""
    return windows.open(f"{view_of(chart, repo)}?{query}", service=few, **how)


@pytest.mark.parametrize(
    ("repo", "query", "lone", "charts"),
    [
        ("day/one", DAY, 1, ("build_times",)),
        ("day/one", DAY, 1, OF_JOBS),
        ("day/one", DAY, 1, ("steps",)),
        ("day/one", f"{DAY}&interval=week", 1, OF_JOBS),
        ("day/one", "since=2024-10-20T00:00:00Z&until=2024-11-20T00:00:00Z", 1, OF_JOBS),
        ("day/one", "since=2024-11-05T03:00:00Z&until=2024-11-05T03:20:00Z", 1, OF_JOBS),
        ("day/gaps", DAY, 1, ("build_times",)),
        ("day/gaps", DAY, 1, OF_JOBS),
        ("day/gaps", f"{DAY}&interval=day", 1, OF_JOBS),
        ("day/weeks", "since=2024-10-20T00:00:00Z&until=2024-12-20T00:00:00Z&interval=week", 0, OF_JOBS),
        ("day/weeks", "since=2024-10-20T00:00:00Z&until=2024-12-20T00:00:00Z&interval=day", 3, OF_JOBS),
    ],
)
def test_a_value_without_neighbours_is_a_point_and_lines_have_none(
    windows: Windows, few: Service, repo: str, query: str, lone: int, charts: tuple[str, ...]
) -> None:
    """Two empty buckets, as of a weekend, are bridged: what lies next to them is not alone."""
    page = opened(windows, few, repo, query, charts[0])
    for chart in charts:
        lines = [line for line in series(page, chart) if line["type"] == "line" and line["data"]]
        colours = {line["colour"] for line in lines}
        assert lines
        for line in lines:
            dots = [point for point in line["data"] if point.get("dot")]
            assert len(dots) == lone, (chart, line["name"])
            for point in dots:
                assert point["ink"] in colours, (chart, line["name"], point)


@pytest.mark.parametrize("timeframe", ["day", "week", "month", "year"])
def test_everybodys_first_day_shows_its_build(windows: Windows, few: Service, timeframe: str) -> None:
    page = opened(windows, few, "day/first", f"timeframe={timeframe}")
    for scheme in schemes(page):
        found = [line for line in series(page, "build_times") if line["type"] == "line"]
        assert any(point.get("dot") and point["ink"] for line in found for point in line["data"]), scheme
    dots = panel(page, "slowest_steps").locator(".sparkline circle")
    assert dots.count() == panel(page, "slowest_steps").locator("tbody tr").count() > 0


def test_what_has_no_average_still_has_its_points(windows: Windows, few: Service) -> None:
    page = opened(windows, few, "day/canceled", DAY)
    found = {line["name"]: line for line in series(page, "build_times")}
    assert len(found["canceled builds"]["data"]) == 1


def test_nothing_is_drawn_of_what_a_filter_leaves_nothing_of(windows: Windows, few: Service) -> None:
    page = opened(windows, few, "day/gaps", f"{DAY}&filter_branch=none", "jobs")
    for chart in (*OF_JOBS, "jobs"):
        if chart != "steps":
            expect(panel(page, chart)).to_contain_text("No data in this range.")
    assert page.locator("main[data-state=drawn] .plot canvas").count() == 0


def colours_of(found: list[dict[str, Any]]) -> dict[str, str]:
    """Of one plot, by the series, or by the colour itself where each value has its own."""
    by_series = {one["name"]: one["colour"] for one in found if one["colour"]}
    own = {point["colour"] for one in found for point in one["data"] if point.get("colour")}
    return {name: hex_of(value) for name, value in (by_series | {value: value for value in own}).items()}


@pytest.mark.parametrize("view", ["dashboard", "steps", "jobs", "when"])
@pytest.mark.parametrize("repo", ["day/all", BUSY])
def test_no_two_series_on_the_screen_look_alike(windows: Windows, few: Service, repo: str, view: str) -> None:
    query, service = ("timeframe=year", None) if repo == BUSY else (DAY, few)
    page = windows.open(f"/{view}/{repo}?{query}", service=service)
    charts = page.locator("[data-chart]:has(canvas)").evaluate_all("all => all.map(one => one.dataset.chart)")
    assert charts
    for scheme in schemes(page):
        for chart in charts:
            assert_told_apart(series(page, chart), colour("surface", scheme), f"{chart}, {scheme}")


def assert_told_apart(found: list[dict[str, Any]], surface: str, what: str) -> None:
    assert {one["opacity"] for one in found} == {1}, what
    for plot in {one["plot"] for one in found}:
        colours = colours_of([one for one in found if one["plot"] == plot])
        assert colours or what.startswith("heatmap")
        for name, value in colours.items():
            assert contrast(value, surface) >= MARK, (what, name)
        for (one, first), (other, second) in combinations(colours.items(), 2):
            assert difference(first, second) >= ALIKE, (what, one, other)


def test_results_differ_by_shape_in_plot_legend_and_tooltip(windows: Windows, few: Service) -> None:
    page = opened(windows, few, "day/all", DAY)
    legend = panel(page, "build_times").locator(".legend button")
    marks = {
        button.inner_text(): button.locator("path").get_attribute("d")
        for button in legend.all()
        if button.inner_text().endswith(" builds")
    }
    assert marks.keys() == {f"{result} builds" for result in Result}
    assert len({*marks.values()}) == len(marks)
    names = [line["name"] for line in series(page, "build_times")]
    for name, shape in marks.items():
        tip(page, "build_times", 0, names.index(name))
        shown = panel(page, "build_times").locator(".tip .mark path").first
        expect(shown).to_have_attribute("d", shape or "")


def test_long_names_in_a_legend_keep_their_mark_and_their_beginning(windows: Windows, few: Service) -> None:
    page = opened(windows, few, "day/long", DAY, "steps")
    legend = panel(page, "steps").locator(".legend")
    ends = []
    for button in legend.locator("button").all():
        outer, mark, name = (
            found.bounding_box() for found in (button, button.locator("svg"), button.locator("span"))
        )
        assert outer is not None
        assert mark is not None
        assert name is not None
        assert outer["x"] <= mark["x"] < mark["x"] + mark["width"] <= name["x"]
        assert name["x"] + name["width"] <= outer["x"] + outer["width"]
        assert button.get_attribute("title") == button.locator("span").text_content()
        ends.append(button.locator("span").evaluate("span => span.scrollWidth > span.clientWidth"))
    assert sum(ends) >= 8


def begins(at: datetime, zone: str) -> str:
    said, offset = ZONES[zone]
    return "UTC" if zone == "UTC" else f"UTC, begins {at + offset:%Y-%m-%d %H:%M} {said}"


# A query of a repo, a row of it, and what the bucket is called.
BUCKETS = [
    ("day/gaps", DAY, 9, "5 Nov 2024, 09:00 \N{EN DASH} 10:00 · 1 build", TUESDAY + timedelta(hours=9)),
    (
        "day/weeks",
        f"{WEEKS}&interval=week",
        3,
        "25 Nov \N{EN DASH} 1 Dec 2024 · 1 build",
        MONDAY + timedelta(weeks=3),
    ),
    ("day/gaps", DAY, 23, "5 Nov 2024, 23:00 \N{EN DASH} 24:00 · 1 build", TUESDAY + timedelta(hours=23)),
    ("day/gaps", f"{DAY}&interval=day", 0, "Tue 5 Nov 2024 · 7 builds", TUESDAY),
    ("day/gaps", f"{WEEKS}&interval=week", 0, "4 \N{EN DASH} 10 Nov 2024 · 7 builds", MONDAY),
    (
        "day/gaps",
        f"{CUT}&interval=week",
        0,
        "5 \N{EN DASH} 7 Nov 2024 · 3 builds",
        TUESDAY + timedelta(hours=8),
    ),
]
# How many buckets with builds are before those rows.
KNOWN_BEFORE = {0: 0, 3: 2, 9: 4, 23: 6}
WEST = "America/Los_Angeles"
SEEN = [
    *((zone, bucket) for zone in ZONES for bucket in BUCKETS[:2]),
    *((WEST, each) for each in BUCKETS[2:]),
]


@pytest.mark.parametrize(("zone", "bucket"), SEEN)
def test_a_tooltip_calls_a_bucket_by_what_it_holds(
    windows: Windows, few: Service, zone: str, bucket: tuple[str, str, int, str, datetime]
) -> None:
    repo, query, row, said, begin = bucket
    page = opened(windows, few, repo, query, timezone=zone)
    names = [line["name"] for line in series(page, "build_times")]
    title, note, *_ = tip(page, "build_times", KNOWN_BEFORE[row], names.index("Median"))
    assert (title, note) == (said, begins(begin, zone))
    tool(panel(page, "build_times"), "button", "as a table").click()
    table = panel(page, "build_times").locator("table")
    expect(table.locator("th").first).to_have_text("time (UTC)")
    expect(table.locator("tbody tr").nth(row).locator("td").first).to_have_text(said.partition(" · ")[0])


def test_the_axis_of_time_is_the_same_everywhere_and_says_so(windows: Windows, few: Service) -> None:
    found = {
        zone: texts(opened(windows, few, "day/gaps", DAY, timezone=zone), "build_times") for zone in ZONES
    }
    assert all(labels == found["UTC"] for labels in found.values())
    assert {"UTC", "04:00", "12:00"} <= {*found["UTC"]}


@pytest.mark.parametrize("zone", ZONES)
def test_a_single_build_ends_in_both_zones(windows: Windows, few: Service, zone: str) -> None:
    page = opened(windows, few, "day/one", DAY, timezone=zone)
    names = [line["name"] for line in series(page, "build_times")]
    lines = tip(page, "build_times", 0, names.index("passed builds"))
    said, offset = ZONES[zone]
    ended = TUESDAY + timedelta(hours=3, seconds=70)
    assert f"{ended:%Y-%m-%d %H:%M} UTC" in " ".join(lines)
    here = f"{ended + offset:%Y-%m-%d %H:%M} {said}"
    assert here in " ".join(lines)
    page = opened(windows, few, "day/one", DAY, "build_durations", timezone=zone)
    tool(panel(page, "build_durations"), "button", "as a table").click()
    expect(panel(page, "build_durations").locator("tbody")).to_contain_text(here)


@pytest.mark.parametrize("zone", ZONES)
def test_hours_and_weekdays_are_those_of_utc_and_say_so(windows: Windows, few: Service, zone: str) -> None:
    page = opened(windows, few, "day/one", DAY, "hours", timezone=zone)
    assert tip(page, "hours", 3)[:2] == ["03:00 \N{EN DASH} 04:00", "UTC"]
    assert tip(page, "weekdays", 1)[:2] == ["Tuesday", "UTC"]
    assert tip(page, "heatmap", 0)[:2] == ["Tuesday, 03:00 \N{EN DASH} 04:00", "UTC"]
    for chart, heads in (("hours", ["hour (UTC)"]), ("heatmap", ["weekday (UTC)", "hour (UTC)"])):
        tool(panel(page, chart), "button", "as a table").click()
        assert panel(page, chart).locator("th").all_inner_texts()[: len(heads)] == heads


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    "path", ["/dashboard", "/dashboard/day/one?timeframe=year", "/build/travis/day/one/1"]
)
def test_every_time_names_its_zone(windows: Windows, few: Service, zone: str, path: str) -> None:
    page = windows.open(path, service=few, timezone=zone)
    times = page.locator("time").all()
    assert times
    for time in times:
        instant = datetime.fromisoformat(time.get_attribute("datetime") or "")
        said = time.inner_text()
        assert said.rpartition(" ")[2].startswith("UTC")
        assert time.get_attribute("title") == f"{instant:%Y-%m-%d %H:%M:%S} UTC"
        if instant.year == TUESDAY.year:
            name, offset = ZONES[zone]
            assert said == f"{instant + offset:%Y-%m-%d %H:%M:%S} {name}"
    name = page.evaluate("new Intl.DateTimeFormat().resolvedOptions().timeZone")
    expect(page.locator("footer")).to_contain_text(f"Times are in {name}")


def test_without_scripts_all_is_utc_and_says_so(windows: Windows, few: Service) -> None:
    page = windows.open("/build/travis/day/one/1", service=few, scripts=False)
    assert all(text.endswith(" UTC") for text in page.locator("time").all_inner_texts())
    expect(page.locator("footer")).to_contain_text("Times are in UTC.")
    page = windows.open(f"/dashboard/day/gaps/charts/build_times?{DAY}", service=few, scripts=False)
    expect(page.locator("th").first).to_have_text("time (UTC)")
    expect(page.locator("tbody td").first).to_have_text("5 Nov 2024, 00:00 \N{EN DASH} 01:00")
    page = windows.open(f"/dashboard/day/gaps/charts/build_durations?{DAY}", service=few, scripts=False)
    assert "finished_at (UTC)" in page.locator("th").all_inner_texts()


def test_an_hour_that_a_clock_has_twice_is_two_buckets(windows: Windows, few: Service) -> None:
    """In Los Angeles it was one o'clock twice on 3 November 2024, at 8:00 and at 9:00 UTC."""
    query = "since=2024-11-03T08:00:00Z&until=2024-11-03T10:00:00Z"
    page = opened(windows, few, "day/twice", query, timezone="America/Los_Angeles")
    names = [line["name"] for line in series(page, "build_times")]
    minus = "\N{MINUS SIGN}"
    assert [tip(page, "build_times", row, names.index("Median"))[:2] for row in (0, 1)] == [
        ["3 Nov 2024, 08:00 \N{EN DASH} 09:00 · 1 build", f"UTC, begins 2024-11-03 01:00 UTC{minus}7"],
        ["3 Nov 2024, 09:00 \N{EN DASH} 10:00 · 1 build", f"UTC, begins 2024-11-03 01:00 UTC{minus}8"],
    ]


@pytest.mark.parametrize("charts", [("build_durations",), ("duration",)])
def test_one_value_does_not_flatten_an_axis_and_is_marked_at_its_edge(
    windows: Windows, few: Service, charts: tuple[str, ...]
) -> None:
    page = opened(windows, few, "day/far", DAY, charts[0])
    for chart in charts:
        written = texts(page, chart)
        assert together("2 h") in written  # the mark
        assert together("1 m") in written  # the axis, which ends there or little above
        assert together("30 m") not in written
        marked = next(one for one in series(page, chart) if one["name"] == "beyond the axis")
        assert len(marked["data"]) == 1
    # Its mark is no value of its own.
    assert not any("beyond" in line for line in tip(page, charts[0], 0))
    assert "beyond the axis" not in panel(page, charts[0]).locator(".legend").all_inner_texts()
