"""Pages in a real browser: Debian's Chromium, the service as a process, and the data of `demo`.

`page` is a new window on that service; `windows.open("/path", scheme="dark", size=PHONE, scripts=False, …)`
opens others. Whatever goes wrong on any of them fails the test: errors of scripts, breaches of the security
policy, failed requests and those to third parties.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from buildtimetrend.demo.history import History
from buildtimetrend.demo.process import TravisProcess
from tests.browser import chromium, stores
from tests.browser.sites import Windows, site
from tests.e2e.processes import Service


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if chromium.executable() is None:
        if os.environ.get("BTT_TEST_REQUIRE_SERVICES") == "1":
            pytest.fail(chromium.MISSING)
        pytest.skip(chromium.MISSING)
    with chromium.launched() as browser:
        yield browser


@pytest.fixture(scope="package")
def travis() -> Iterator[TravisProcess]:
    """The simulated Travis CI that the service's builds come from."""
    with TravisProcess(History()) as running:
        yield running


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory, travis: TravisProcess) -> Iterator[Service]:
    """Change nothing in its store: all tests see it. The rest of an import waits in it until tomorrow."""
    folder = tmp_path_factory.mktemp("demo")
    stores.save_demo(folder, travis)
    with site(folder, BTT_TRAVIS_API_URL=travis.url) as service:
        yield service


@pytest.fixture
def windows(browser: Browser, demo: Service) -> Iterator[Windows]:
    windows = Windows(browser, demo)
    yield windows
    problems = windows.close()
    assert not problems, "\n".join(problems)


@pytest.fixture
def page(windows: Windows) -> Page:
    return windows.open()
