"""Stylesheets that a page needs come as one, and scripts that others import are named on the page."""

from __future__ import annotations

import gzip
import re
from importlib import resources

import pytest

from buildtimetrend.web.http import assets
from buildtimetrend.web.http.assets import asset, styles, with_imports
from tests.web.conftest import Service

FOLDER = resources.files("buildtimetrend.web") / "static"
SHEETS = ("base", "components")


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_several_sheets_come_as_one_in_their_order(shared: Service, encoding: str) -> None:
    answer = shared.client.get(styles(*SHEETS), headers={"Accept-Encoding": encoding})
    assert answer.headers["content-type"].startswith("text/css")
    assert answer.headers.get("content-encoding", "identity") == encoding
    assert answer.text == "\n".join((FOLDER / "css" / f"{name}.css").read_text("utf-8") for name in SHEETS)


@pytest.mark.parametrize(
    "name",
    ["css/base+nothing.css", "css/base+base.css", "css/base+../js/dom.css", "js/dom+times.js", "css/+.css"],
)
def test_nothing_else_comes_together(shared: Service, name: str) -> None:
    assert shared.client.get(asset(name)).status_code == 404


def test_what_is_kept_compressed_has_bounds(shared: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "MOST_KEPT", 2)
    for name in ("base", "bars", "build"):
        assert shared.client.get(styles("charts", name)).status_code == 200
    assert len(assets._kept) == 2
    assert shared.client.get(styles("charts", "base")).status_code == 200


def test_a_page_asks_for_two_stylesheets_and_names_all_that_its_charts_import(shared: Service) -> None:
    page = shared.client.get("/stats").text
    assert len(re.findall(r'rel="stylesheet"', page)) == 2
    early = re.findall(r'rel="modulepreload" href="([^"]+)"', page)
    drawing = with_imports("vendor/echarts.js")
    assert len(drawing) > 1
    assert {asset(name) for name in drawing} <= set(early)
    assert all(shared.client.get(address).status_code == 200 for address in early)


def test_a_projects_page_asks_for_what_draws_once_it_is_painted_and_names_all_of_it(shared: Service) -> None:
    page = shared.client.get("/dashboard/owner/name").text
    assert len(re.findall(r'rel="modulepreload"', page)) == 1
    [(first, named)] = re.findall(r'rel="modulepreload" href="([^"]+)" data-after-paint="([^"]+)"', page)
    drawing = with_imports("vendor/echarts.js")
    assert {asset(name) for name in drawing} <= set(named.split(" "))
    assert all(shared.client.get(address).status_code == 200 for address in (first, *named.split(" ")))
    assert f'src="{first}"' not in page


def test_what_draws_leaves_room_for_our_own() -> None:
    """On a first view; the day before it was made anew it was 203 kB."""
    files = [(FOLDER / name).read_bytes() for name in with_imports("vendor/echarts.js")]
    assert sum(len(gzip.compress(file, 9)) for file in files) <= 195_000
