"""The badges of a project in a browser: their snippets are copied with scripts, and text without."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.sites import Windows
from tests.browser.stores import BUSY

PATH = f"/badges/{BUSY}"


def test_every_badge_is_drawn(windows: Windows) -> None:
    page = windows.open(PATH)
    drawn = page.locator("main img").evaluate_all("images => images.map(image => image.naturalWidth)")
    assert drawn
    assert all(drawn)


@pytest.mark.parametrize("name", ["snippet", "endpoint", "shields"])
def test_a_button_copies_its_snippet(windows: Windows, name: str) -> None:
    page = windows.open(f"{PATH}?format=rst")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = page.locator(f'button[data-copy="#{name}"]')
    button.click()
    expect(button).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.locator(f"#{name}").text_content()


def test_without_scripts_a_form_chooses_and_the_snippet_is_text(windows: Windows) -> None:
    page = windows.open(PATH, scripts=False)
    expect(page.locator("button.copy:visible")).to_have_count(0)
    page.locator("select[name=type]").select_option("jobs")
    page.locator("select[name=interval]").select_option("month")
    page.locator("select[name=format]").select_option("url")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#snippet")).to_have_text(f"{windows.service.url}/badge/{BUSY}/jobs/month")
