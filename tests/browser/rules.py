"""What holds of every page, whatever it shows: in both schemes, and on a phone."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.accessible import assert_accessible, assert_accessible_in_both_schemes
from tests.browser.sites import NARROW, PHONE, Size, drawn_anew


def assert_keeps_every_rule(page: Page) -> None:
    """Of a page that was opened light and wide: to open each again for a phone takes twice the time."""
    assert_accessible_in_both_schemes(page)
    _resize(page, PHONE)
    assert_fits(page)
    assert_can_be_touched(page)
    assert_says_that_there_is_more(page)
    assert_accessible(page)
    _resize(page, NARROW)
    assert_fits(page)


def _resize(page: Page, size: Size) -> None:
    width, height = size
    page.set_viewport_size({"width": width, "height": height})
    drawn_anew(page)


def assert_fits(page: Page) -> None:
    """Nothing is cut off at the right, and nobody has to move the page sideways."""
    wide, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= room, f"{page.url} is {wide} px wide, its window {room}"


def assert_can_be_touched(page: Page) -> None:
    """What is pressed is 24 px wide and high, or more; links within sentences are as high as their line."""
    small = page.evaluate(_SMALL, _PRESSED)
    assert not small, f"{page.url}: {small}"


def assert_says_that_there_is_more(page: Page) -> None:
    """A table that goes on beyond its place fades out there, until it was moved to its end."""
    for told in page.evaluate(_FADES):
        assert (told["before"] > 0) == told["more"], (page.url, told)
        assert told["after"] == 0, (page.url, told)


_PRESSED = "button, input, select, summary, textarea, .button, nav a, a.sort"
_SMALL = """(pressed) => [...document.querySelectorAll(pressed)]
    .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
    .filter(([, at]) => at.width && (at.width < 24 || at.height < 24))
    .map(([what, at]) => `${what} is ${at.width} x ${at.height}`)"""
_FADES = """async () => {
    const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const fade = (one) => parseFloat(getComputedStyle(one).getPropertyValue("--fade"));
    const found = [];
    for (const one of document.querySelectorAll(".scroll")) {
        if (!one.checkVisibility({ contentVisibilityAuto: true })) continue;
        const before = fade(one);
        one.scrollLeft = one.scrollWidth;
        await frame();
        const more = one.scrollWidth > one.clientWidth;
        found.push({ what: one.ariaLabel, more, before, after: fade(one) });
        one.scrollLeft = 0;
    }
    await frame();
    return found;
}"""
