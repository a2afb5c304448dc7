"""The page of a finding, which the service has found by itself since it was started."""

from __future__ import annotations

import os
import time

from playwright.sync_api import Page, expect

from tests.browser.accessible import assert_accessible
from tests.browser.sites import PHONE, Scheme, Windows
from tests.browser.stores import BUSY
from tests.browser.test_pages import assert_fits


def opened(windows: Windows, scheme: Scheme, **more: object) -> Page:
    """The newest finding's page, once it was looked for in the background."""
    page = windows.open(f"/findings/{BUSY}", scheme=scheme, **more)  # type: ignore[arg-type]
    until = time.monotonic() + 60
    while not page.locator(".finding .sentence a").count() and time.monotonic() < until:
        time.sleep(1)
        page.reload()
    page.locator(".finding .sentence a").first.click()
    expect(page.locator("h1.finding-title")).to_be_visible()
    return page


def test_the_page_of_a_finding_breaks_no_rule_of_accessibility_and_fits_a_phone(
    windows: Windows, scheme: Scheme
) -> None:
    page = opened(windows, scheme)
    assert_accessible(page)
    if folder := os.environ.get("BTT_TEST_PICTURES"):
        page.screenshot(path=f"{folder}/finding-{scheme}.png", full_page=True)
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert_fits(page)
    assert_accessible(page)
