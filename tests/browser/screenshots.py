"""Pictures of every page: `python -m tests.browser.screenshots [folder]`, or `make screenshots`.

In light and dark, and on a phone; those of the README, at its top, are taken anew into docs/images.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from buildtimetrend.demo.history import History
from buildtimetrend.demo.process import TravisProcess
from tests.browser import chromium, stores
from tests.browser.sites import PHONE, Scheme, Windows, site
from tests.browser.stores import BUSY
from tests.browser.test_pages import PAGES

SCHEMES: tuple[Scheme, ...] = ("light", "dark")
IMAGES = Path(__file__).parents[2] / "docs" / "images"
README: dict[str, tuple[str, Scheme]] = {
    "dashboard.png": (f"/dashboard/{BUSY}?timeframe=year", "light"),
    "build.png": (f"/build/travis/{BUSY}/713", "dark"),
}


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (
        TravisProcess(History()) as travis,
        tempfile.TemporaryDirectory() as store,
        chromium.launched() as browser,
    ):
        stores.save_demo(Path(store), travis)
        with site(Path(store), BTT_TRAVIS_API_URL=travis.url) as service:
            windows = Windows(browser, service)
            for path in PAGES:
                for scheme in SCHEMES:
                    _save(windows, path, folder / f"{_name(path)}-{scheme}.png", scheme)
                page = windows.open(path, size=PHONE)
                page.screenshot(path=folder / f"{_name(path)}-phone.png", full_page=True)
            for name, (path, scheme) in README.items():
                windows.open(path, scheme=scheme, timezone="UTC").screenshot(path=IMAGES / name)
            problems = windows.close()
    print(f"{3 * len(PAGES)} pictures in {folder}, {len(README)} in {IMAGES}")
    if problems:
        sys.exit("\n".join(problems))


def _save(windows: Windows, path: str, target: Path, scheme: Scheme) -> None:
    windows.open(path, scheme=scheme).screenshot(path=target, full_page=True)


def _name(path: str) -> str:
    return path.strip("/").translate(str.maketrans("/?&=", "----")) or "index"


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else ".screenshots"))
