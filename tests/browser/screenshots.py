"""Pictures of every page: `python -m tests.browser.screenshots [folder]`, or `make screenshots`.

First the situations that are easily forgotten: the first day, with one build; today, with gaps; a viewer
far west of UTC, reading a tooltip and a table. Then all pages in light and dark, and on a phone. Those of the
README, at its top, are taken anew into docs/images, unless a folder of one's own is named.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator

from buildtimetrend.demo.history import History
from buildtimetrend.demo.process import TravisProcess
from tests.browser import chromium, stores
from tests.browser.drawn import tool
from tests.browser.sites import PHONE, Scheme, Windows, site
from tests.browser.stores import BUSY
from tests.browser.test_pages import PAGES
from tests.e2e.processes import Service
from tests.web.conftest import a_build

DEFAULT = Path(".screenshots")
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
IMAGES = Path(__file__).parents[2] / "docs" / "images"
README: dict[str, tuple[str, Scheme]] = {
    "dashboard.png": (f"/dashboard/{BUSY}?timeframe=year", "light"),
    "build.png": (f"/build/travis/{BUSY}/713", "dark"),
}
WEST = "America/Los_Angeles"
NEW = "owner/name"


@dataclass(frozen=True, slots=True)
class Situation:
    """A page as somebody sees it there; `hover` and `table` name charts whose tooltip and table are open."""

    name: str
    path: str
    timezone: str = "Asia/Kolkata"
    hover: str = ""
    table: str = ""


FIRST_DAY = (
    Situation("first-day-week", f"/dashboard/{NEW}"),
    Situation("first-day-today", f"/dashboard/{NEW}?timeframe=day", hover="build_times"),
    Situation("first-day-build", f"/build/travis/{NEW}/1"),
    Situation("first-day-projects", "/dashboard"),
    Situation("first-day-stats", "/stats?timeframe=day"),
    Situation("first-day-west", f"/jobs/{NEW}", WEST, hover="duration", table="queue"),
)
LATER = (
    Situation("today", f"/dashboard/{BUSY}?timeframe=day", hover="build_times"),
    Situation("today-stats", "/stats?timeframe=day"),
    Situation("west-year", f"/jobs/{BUSY}?timeframe=year", WEST, hover="duration", table="queue"),
    Situation("west-week", f"/dashboard/{BUSY}", WEST, hover="build_times"),
    Situation("west-today", f"/when/{BUSY}?timeframe=day", WEST, hover="builds", table="hours"),
    Situation("west-build", f"/build/travis/{BUSY}/713", WEST),
    Situation("west-projects", "/dashboard", WEST),
    Situation("west-stats", "/stats?timeframe=year", WEST, hover="builds"),
    Situation("west-chart", f"/dashboard/{BUSY}/charts/build_times?timeframe=year", WEST),
)


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with chromium.launched() as browser, _demo() as demo, _first_day() as new:
        camera = Camera(Windows(browser, demo))
        for service, situations in ((new, FIRST_DAY), (demo, LATER)):
            for situation in situations:
                for scheme in SCHEMES:
                    target = folder / f"{situation.name}-{scheme}.png"
                    camera.take(situation, target, service=service, scheme=scheme)
        for path in PAGES:
            page = Situation(_name(path), path)
            for scheme in SCHEMES:
                camera.take(page, folder / f"{page.name}-{scheme}.png", scheme=scheme)
            camera.take(page, folder / f"{page.name}-phone.png", size=PHONE)
        for name, (path, scheme) in README.items() if folder == DEFAULT else ():
            page = Situation(name, path, timezone="UTC")
            camera.take(page, IMAGES / name, scheme=scheme, whole=False)
    print(f"{camera.taken} pictures in {folder}")
    if camera.problems:
        sys.exit("\n".join(camera.problems))


@dataclass
class Camera:
    """Opens a window for each picture and closes it again: many at once are slow."""

    windows: Windows
    taken: int = 0
    problems: list[str] = field(default_factory=list)

    def take(self, situation: Situation, target: Path, *, whole: bool = True, **how: Any) -> None:
        page = self.windows.open(situation.path, timezone=situation.timezone, **how)
        page.set_default_timeout(60_000)
        if situation.table:
            section = page.locator(f'[data-chart="{situation.table}"]')
            tool(section, "button", "as a table").click()
        if situation.hover:
            _hover(page.locator(f'[data-chart="{situation.hover}"] .plot'))
        page.screenshot(path=target, full_page=whole)
        self.problems += self.windows.close()
        self.taken += 1


def _hover(plot: Locator) -> None:
    """Where there is a plot: a chart without values has none."""
    if plot.count():
        width: float = plot.evaluate("(plot) => plot.clientWidth")
        plot.hover(position={"x": width * 0.7, "y": 60})


@contextmanager
def _demo() -> Iterator[Service]:
    with TravisProcess(History()) as travis, tempfile.TemporaryDirectory() as store:
        stores.save_demo(Path(store), travis)
        with site(Path(store), BTT_TRAVIS_API_URL=travis.url) as service:
            yield service


@contextmanager
def _first_day() -> Iterator[Service]:
    """A service that got its first build a little while ago, and today even just after midnight."""
    now = datetime.now(UTC)
    today = now - now.replace(hour=0, minute=0, second=0, microsecond=0)
    ago = min(timedelta(minutes=20), today / 2)
    with tempfile.TemporaryDirectory() as store:
        stores.save(Path(store), [a_build(1, repo=NEW, ago=ago)])
        with site(Path(store)) as service:
            yield service


def _name(path: str) -> str:
    return path.strip("/").translate(str.maketrans("/?&=", "----")) or "index"


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
