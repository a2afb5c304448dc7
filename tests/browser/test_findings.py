"""The page of a finding, which the service has found by itself since it was started."""

from __future__ import annotations

import time

from playwright.sync_api import expect

from tests.browser.rules import assert_keeps_every_rule
from tests.browser.sites import Windows
from tests.browser.stores import BUSY


def test_the_page_of_a_finding_keeps_every_rule(windows: Windows) -> None:
    """The newest finding's, once it was looked for in the background."""
    page = windows.open(f"/findings/{BUSY}")
    until = time.monotonic() + 60
    while not page.locator(".finding .sentence a").count() and time.monotonic() < until:
        time.sleep(1)
        page.reload()
    page.locator(".finding .sentence a").first.click()
    expect(page.locator("h1.finding-title")).to_be_visible()
    assert_keeps_every_rule(page)
