"""Every page, in light and dark: nothing that axe-core finds, no error, no request to anybody else."""

from __future__ import annotations

import pytest

from tests.browser.accessible import assert_accessible
from tests.browser.sites import Scheme, Windows
from tests.browser.stores import BUSY

PAGES = ["/", "/dashboard", f"/dashboard/{BUSY}?timeframe=year", "/stats", "/sign-in"]


@pytest.mark.parametrize("path", PAGES)
def test_no_rule_of_accessibility_is_broken(windows: Windows, scheme: Scheme, path: str) -> None:
    assert_accessible(windows.open(path, scheme=scheme))
