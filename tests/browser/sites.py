"""Services with something to show, and windows to look at them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.watch import Watch, settled
from tests.e2e.processes import Service

Scheme: TypeAlias = Literal["light", "dark"]
Size: TypeAlias = tuple[int, int]
DESKTOP: Size = (1280, 900)
PHONE: Size = (390, 844)
NARROW: Size = (360, 740)  # the narrowest that pages are made for
# Milliseconds that a page may take on a busy machine, to do anything and for what is expected of it.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)


def schemes(page: Page) -> Iterator[Scheme]:
    """The page in one scheme, then in the other, without being loaded again."""
    for scheme in get_args(Scheme):
        page.emulate_media(color_scheme=scheme)
        drawn_anew(page)
        yield scheme


def drawn_anew(page: Page) -> None:
    """Wait for what scripts draw in the frame after their window has changed."""
    page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))"
    )


@contextmanager
def site(folder: Path, **environment: str) -> Iterator[Service]:
    """The service as a process, on the store of this folder. No sweep; what is imported lands at once."""
    quick = {"BTT_SWEEP_INTERVAL": "0", "BTT_TRAVIS_DELAY": "0.1", "BTT_MULTI_DELAY": "0"}
    with Service(folder, quick | environment) as service:
        yield service


@dataclass
class Windows:
    """Opens pages, each in a browser of its own as far as cookies and storage go, and watches them."""

    browser: Browser
    service: Service
    _open: list[tuple[BrowserContext, Watch]] = field(default_factory=list)

    def open(
        self,
        path: str = "",
        *,
        service: Service | None = None,
        scheme: Scheme = "light",
        size: Size = DESKTOP,
        scripts: bool = True,
        still: bool = True,
        timezone: str = "Asia/Kolkata",
        expect: set[int] | None = None,
    ) -> Page:
        """A page, at `path` and settled when that is given.

        It moves only where `still` is false; `timezone` is never UTC unless a test wants it, and HTTP
        statuses of 400 and more are problems unless they are `expect`ed.
        """
        url = (service or self.service).url
        width, height = size
        context = self.browser.new_context(
            base_url=url,
            color_scheme=scheme,
            viewport={"width": width, "height": height},
            has_touch=width < 500,
            java_script_enabled=scripts,
            reduced_motion="reduce" if still else "no-preference",
            timezone_id=timezone,
            locale="en-GB",
        )
        context.set_default_timeout(PATIENCE)
        watch = Watch(url, expect or set(), scripts)
        watch.attach(context)
        self._open.append((context, watch))
        page = context.new_page()
        if path:
            page.goto(path)
            if scripts:
                settled(page)
        return page

    def watch(self, page: Page) -> Watch:
        return next(watch for context, watch in self._open if context == page.context)

    def close(self) -> list[str]:
        """Close what is open; the problems that there were."""
        for context, _ in self._open:
            context.close()
        problems = [problem for _, watch in self._open for problem in watch.problems]
        self._open.clear()
        return problems
