"""The waterfall of a build, zoomed: by mouse, by keyboard, and without scripts."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.builds import a_build, passed_whole
from tests.browser.sites import Windows
from tests.browser.stores import BUSY
from tests.browser.watch import settled
from tests.e2e.processes import Service


@pytest.fixture(scope="module")
def path(demo: Service) -> str:
    """Of a build with something to zoom: each of its jobs ran, for minutes."""
    return f"/build/travis/{BUSY}/{a_build(demo, passed_whole)}"


def shown(page: Page) -> tuple[float, float]:
    """Seconds at which the axis begins and ends."""
    waterfall = page.locator(".waterfall")
    begin, seconds = (float(waterfall.get_attribute(f"data-{name}") or "") for name in ("from", "seconds"))
    return begin, begin + seconds


def test_dragging_across_the_bars_shows_that_part_and_back_shows_all(windows: Windows, path: str) -> None:
    page = windows.open(path)
    whole = shown(page)
    axis = page.locator(".waterfall .ticks")
    axis.scroll_into_view_if_needed()
    box = axis.bounding_box()
    assert box
    for share, act in ((0.25, page.mouse.down), (0.75, page.mouse.up)):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + 8, steps=4)
        act()
    page.wait_for_url(f"**{path}?*#jobs")
    settled(page)
    asked = parse_qs(urlsplit(page.url).query)
    begin, end = float(asked["from"][0]), float(asked["to"][0])
    assert begin == pytest.approx(0.25 * whole[1], abs=0.02 * whole[1])
    assert end == pytest.approx(0.75 * whole[1], abs=0.02 * whole[1])
    assert shown(page) == pytest.approx((begin, end))
    expect(page.locator("#jobs")).to_be_in_viewport()
    page.go_back()
    settled(page)
    assert shown(page) == whole


def test_a_click_on_a_job_opens_it_and_zooms_nothing(windows: Windows, path: str) -> None:
    page = windows.open(path)
    job = page.locator("details.job:not([open])").first
    job.locator(".bars").first.click()
    expect(page.locator("details.job[open]")).to_have_count(2)
    assert page.url.endswith(path)


@pytest.mark.parametrize("scripts", [True, False])
def test_the_keyboard_chooses_a_part_and_leaves_it(windows: Windows, path: str, scripts: bool) -> None:
    page = windows.open(path, scripts=scripts)
    whole = shown(page)
    page.locator(".zoom summary").focus()
    page.keyboard.press("Enter")
    for value in ("30", "90.5"):
        page.keyboard.press("Tab")
        page.keyboard.type(value)  # a field that the keyboard comes to is chosen whole
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{path}?from=30&to=90.5#jobs")
    assert shown(page) == (30, 90.5)
    page.get_by_role("link", name="Whole build").press("Enter")
    page.wait_for_url(f"**{path}?#jobs")
    assert shown(page) == whole


def test_a_job_is_shown_alone_and_open(windows: Windows, path: str) -> None:
    page = windows.open(path, scripts=False)
    page.locator("details.job:not([open]) summary").first.click()
    job = page.locator("details.job[open] .job-body").first
    name = job.get_attribute("id")
    job.get_by_role("link", name="Zoom to this job").click()
    page.wait_for_url(f"**#{name}")
    expect(page.locator(f"#{name}")).to_be_visible()
    assert page.locator(".waterfall").get_attribute("data-from") != "0.0"
