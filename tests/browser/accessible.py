"""axe-core: the rules of WCAG 2.2 A and AA that a program can check, and its best practices."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_OPTIONS = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}


def assert_accessible(page: Page) -> None:
    """No violation, in the state that the page is in now."""
    found = Axe().run(page, options=_OPTIONS).response["violations"]
    lines = [
        f"{violation['id']} ({violation['impact']}): {' '.join(node['target'])}\n"
        f"    {node['html'][:200]}\n    {node['failureSummary']}"
        for violation in found
        for node in violation["nodes"][:5]
    ]
    assert not found, f"{page.url}: {len(found)} rules broken\n" + "\n".join(lines)
