"""axe-core: the rules of WCAG 2.2 A and AA that a program can check, and its best practices."""

from __future__ import annotations

from collections.abc import Sequence

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_EVERY_RULE: dict[str, Sequence[str]] = {"type": "tag", "values": TAGS}
_OF_COLOURS: dict[str, Sequence[str]] = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
_LIBRARY = Axe().axe_script
_VIOLATIONS = "(options) => axe.run(options).then(({ violations }) => violations)"


def assert_accessible(page: Page) -> None:
    """No violation, in the state that the page is in now."""
    _assert_keeps(page, _EVERY_RULE)


def assert_accessible_in_both_schemes(page: Page) -> None:
    """The same of a page that is light, and dark then: there the rules of colours are asked alone."""
    assert_accessible(page)
    page.emulate_media(color_scheme="dark")
    _assert_keeps(page, _OF_COLOURS)


def _assert_keeps(page: Page, rules: dict[str, Sequence[str]]) -> None:
    if not page.evaluate("'axe' in window"):
        page.evaluate(_LIBRARY)
    found = page.evaluate(_VIOLATIONS, {"runOnly": rules, "resultTypes": ["violations"]})
    lines = [
        f"{violation['id']} ({violation['impact']}): {' '.join(node['target'])}\n"
        f"    {node['html'][:200]}\n    {node['failureSummary']}"
        for violation in found
        for node in violation["nodes"][:5]
    ]
    assert not found, f"{page.url}: {len(found)} rules broken\n" + "\n".join(lines)
