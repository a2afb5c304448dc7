"""A number and its unit stay in one line on every page, and in what is sent as HTML."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from urllib.parse import quote

import pytest

from buildtimetrend.text import together
from tests.findings.history import USUAL, changed, saved, steady
from tests.web.conftest import Service, running_service

REPO = "made/slower"
PAGES = (
    "/dashboard?timeframe=month",
    f"/dashboard/{REPO}?timeframe=year",
    f"/findings/{REPO}",
    f"/steps/{REPO}?timeframe=year",
    f"/steps/{REPO}?timeframe=year&step={quote('script: pytest')}",
    f"/jobs/{REPO}?timeframe=year",
    f"/jobs/{REPO}?timeframe=year&job={quote('python 3.12')}",
    f"/when/{REPO}?timeframe=year",
    f"/builds/{REPO}?timeframe=year",
    f"/build/travis/{REPO}/120",
    f"/build/travis/{REPO}/119",
    f"/compare/{REPO}?by=build&b=130",
    f"/wasted/{REPO}?timeframe=year",
    f"/dashboard/{REPO}/charts/build_times?timeframe=year",
    "/stats?timeframe=year",
)


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    begun = datetime.now(UTC) - timedelta(days=30)
    with running_service() as running:
        saved(
            running.store, REPO, {**USUAL, "pytest": changed(120, 71, 180), "make": steady(20)}, begun=begun
        )
        yield running


@pytest.mark.parametrize("path", PAGES)
def test_nothing_that_a_page_says_is_parted(service: Service, path: str) -> None:
    answer = service.get(path)
    assert answer.status_code == 200
    assert not parted(answer.text)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("took 5 m 25 s longer (+34 %), usually 4.0 s", "took 5_m_25_s longer (+34_%), usually 4.0_s"),
        ("since 13 May: 1 h 5 m, 3 d 4 h and 12 kB", "since 13 May: 1_h_5_m, 3_d_4_h and 12_kB"),
        ("in 3 steps of 20 builds, 12 more", "in 3 steps of 20 builds, 12 more"),
    ],
)
def test_only_numbers_with_a_unit_are_kept_together(said: str, kept: str) -> None:
    assert together(said) == kept.replace("_", "\N{NO-BREAK SPACE}")


def parted(page: str) -> list[str]:
    """What may be parted: of what is copied nothing is looked at, nor of pictures, which have one line."""
    return [said for said in Said(page).said if together(said) != said]


class Said(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self._within: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("code", "script", "title", "text"):
            self._within.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._within and self._within[-1] == tag:
            self._within.pop()

    def handle_data(self, data: str) -> None:
        if not self._within:
            self.said.append(data)
