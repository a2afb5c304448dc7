"""Every page, light, dark and on a phone: no error, no request to others, nothing that axe-core finds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from buildtimetrend.model import Result
from tests.browser import stores
from tests.browser.accessible import assert_accessible, assert_accessible_in_both_schemes
from tests.browser.drawn import tool
from tests.browser.rules import assert_fits, assert_keeps_every_rule
from tests.browser.sites import PHONE, Windows, schemes, site
from tests.browser.stores import BUSY, OLD, OTHER, WIDE
from tests.e2e.processes import Service
from tests.web.conftest import a_build
from tests.web.test_pages import HOSTILE

PAGES = [
    "/",
    "/dashboard",
    "/dashboard?timeframe=year&sort=-median&q=simulated",
    f"/dashboard/{BUSY}?timeframe=year",
    f"/dashboard/{OLD}?timeframe=week",
    f"/dashboard/{BUSY}/charts/duration?timeframe=year",
    f"/build/travis/{BUSY}/713",
    f"/build/travis/{BUSY}/713?from=30&to=90.5",
    f"/build/travis/{WIDE}/233",
    f"/compare/{BUSY}?timeframe=year",
    f"/compare/{BUSY}?by=period&timeframe=year",
    f"/compare/{BUSY}?by=build&a=712&b=713",
    f"/badges/{BUSY}",
    f"/badges/{BUSY}?format=html&type=passed&interval=year",
    f"/findings/{BUSY}",
    f"/builds/{BUSY}",
    f"/steps/{BUSY}?timeframe=year",
    f"/jobs/{BUSY}?timeframe=year",
    f"/jobs/{BUSY}?timeframe=year&job=python%202.7%20linux%20trusty",
    f"/when/{BUSY}?timeframe=year",
    f"/wasted/{BUSY}?timeframe=year",
    f"/steps/{BUSY}?timeframe=year&step=script:%20./tools/travis-test.sh",
    "/stats?timeframe=year",
    "/imports",
    f"/begin/travis/{OTHER}",
    "/docs",
    "/set-up/github",
    "/channels",
    "/sign-in",
]
PAGES_OF_A_REPO = [
    "/dashboard/{}",
    "/compare/{}",
    "/badges/{}",
    "/findings/{}",
    "/steps/{}",
    "/jobs/{}",
    "/when/{}",
    "/build/travis/{}/1",
]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_keeps_every_rule(windows: Windows, path: str) -> None:
    assert_keeps_every_rule(windows.open(path))


def test_a_phone_shows_what_became_slower_beside_the_name(windows: Windows) -> None:
    page = windows.open("/dashboard?timeframe=year", size=PHONE)
    row = page.get_by_role("row").filter(has_text="numbers")
    for cell in (row.locator("td.num").nth(0), row.locator("td.change")):
        box = cell.bounding_box()
        assert box
        assert box["x"] + box["width"] <= PHONE[0]


@pytest.mark.parametrize(("path", "trends"), [("/dashboard", 1), ("/dashboard/owner/name", 2)])
def test_the_area_below_a_trend_is_filled(
    windows: Windows, two_pipelines: Service, path: str, trends: int
) -> None:
    """Of a project in the list of all, where its builds are of one pipeline, and of each pipeline."""
    page = windows.open(path, service=two_pipelines)
    areas = page.locator(".sparkline .area")
    expect(areas).to_have_count(trends)
    for area in (area for _ in schemes(page) for area in areas.all()):
        line = area.locator("xpath=following-sibling::*[name() = 'path']")
        stroke = line.evaluate("(line) => getComputedStyle(line).stroke")
        for name, value in {"fill": stroke, "fill-opacity": "0.12", "stroke": "none"}.items():
            expect(area).to_have_css(name, value)


@pytest.fixture(scope="module")
def two_pipelines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A project of two pipelines, and one of one, each with builds of several days."""
    folder = tmp_path_factory.mktemp("pipelines")
    several = [
        a_build(2 * number + place, ago=timedelta(days=number % 6 + 1), pipeline=pipeline)
        for number in range(1, 13)
        for place, pipeline in enumerate(("tests.yml", "lint.yml"))
    ]
    one = [a_build(number, repo="other/thing", ago=timedelta(days=number % 6 + 1)) for number in range(1, 13)]
    stores.save(folder, [*several, *one])
    with site(folder) as service:
        yield service


def test_the_tasks_of_a_new_repository_tick_themselves(windows: Windows) -> None:
    """What the server says next is told in place: here it says that the rest has come in."""
    path = f"/begin/travis/{OTHER}"
    page = windows.open(path)
    past = page.locator("li", has=page.locator('[data-fragment="past"]'))
    expect(past).to_contain_text("12 of 30 builds are here")
    expect(past.locator(".mark")).not_to_have_class("mark done")
    copy = page.get_by_role("button", name="Copy")
    copy.focus()

    def later(route: Route) -> None:
        told = route.fetch().text().replace("12 of 30", "30 of 30")
        mark = '<span class="mark" data-fragment="mark-2">'
        assert mark in told
        route.fulfill(body=told.replace(mark, mark.replace("mark", "mark done", 1)), content_type="text/html")

    page.route(f"**{path}", later)
    expect(past).to_contain_text("30 of 30 builds are here")
    expect(past.locator(".mark")).to_have_class("mark done")
    expect(copy).to_be_focused()


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_there_without_scripts(windows: Windows, path: str) -> None:
    page = windows.open(path, scripts=False)
    expect(page.locator("h1")).to_be_visible()
    assert page.locator("main").inner_text().strip()
    for place in page.locator("[data-chart]").all():
        expect(place.locator("img.sketch")).to_be_visible()
        expect(place.get_by_role("link", name="as a table")).to_be_visible()


@pytest.mark.parametrize(
    "path", ["/nothing", "/dashboard/simulated/number", "/dashboard/simulated/numbers/charts/x"]
)
def test_a_page_that_is_not_there_leads_on(windows: Windows, path: str) -> None:
    page = windows.open(path, expect={404})
    assert page.locator("main a").count() > 0
    assert_accessible_in_both_schemes(page)


def test_the_keyboard_reaches_the_content_first(windows: Windows) -> None:
    page = windows.open("/dashboard")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_times_are_the_viewers_with_utc_on_hover(windows: Windows) -> None:
    path = f"/build/travis/{BUSY}/713"
    utc = windows.open(path, timezone="UTC").locator("time").first
    india = windows.open(path, timezone="Asia/Kolkata").locator("time").first
    assert utc.get_attribute("datetime") == india.get_attribute("datetime")
    assert utc.inner_text() != india.inner_text()
    assert india.get_attribute("title") == utc.inner_text()
    assert india.inner_text().endswith(" UTC+5:30")


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that has stored nothing."""
    with site(tmp_path_factory.mktemp("empty")) as service:
        yield service


@pytest.mark.parametrize("path", ["/", "/dashboard", "/stats", "/imports"])
def test_an_empty_service_says_how_to_begin(windows: Windows, empty: Service, path: str) -> None:
    page = windows.open(path, service=empty)
    assert_accessible_in_both_schemes(page)
    if path in ("/", "/dashboard"):
        expect(page.locator("main")).to_contain_text(f"{empty.url}/travis")


def test_one_build_has_all_its_pages(windows: Windows, tmp_path: Path) -> None:
    stores.save(tmp_path, [a_build(1)])
    with site(tmp_path) as service:
        for path in ("/", "/dashboard", "/stats", *(each.format("owner/name") for each in PAGES_OF_A_REPO)):
            assert_accessible(windows.open(path, service=service))


def test_names_from_strangers_stay_text(windows: Windows, tmp_path: Path) -> None:
    """The policy forbids what they would run; none of it may come that far."""
    stores.save(
        tmp_path,
        [
            a_build(
                number,
                repo="owner/name",
                branch=value,
                trigger=value,
                matrix=value,
                step=value,
                message=value,
                author=value,
                result=Result.FAILED,
            )
            for number, value in enumerate(HOSTILE, 1)
        ],
    )
    with site(tmp_path) as service:
        paths = [each.format("owner/name") for each in PAGES_OF_A_REPO]
        for path in (
            "/dashboard",
            *paths,
            *(f"/build/travis/owner/name/{n + 1}" for n in range(len(HOSTILE))),
        ):
            page = windows.open(path, service=service, size=PHONE)
            assert page.locator("main script, main iframe, main b b, img[src=x]").count() == 0
            assert page.locator("[onerror], [onmouseover]").count() == 0
            assert_fits(page)
            for section in page.locator("[data-chart]").all():
                tool(section, "button", "as a table").click()
            assert page.locator("main script, img[src=x]").count() == 0


def test_a_hostile_repo_has_its_pages(windows: Windows, tmp_path: Path) -> None:
    repo = 'owner/"><img src=x onerror=alert(1)>'
    stores.save(tmp_path, [a_build(1, repo=repo)])
    with site(tmp_path) as service:
        page = windows.open("/dashboard", service=service)
        page.locator("main tbody a").first.click()
        expect(page.locator("h1")).to_have_text(repo)
        page.locator("main[data-state=drawn]").wait_for()
        assert page.locator("img[src=x]").count() == 0
