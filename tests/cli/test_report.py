"""`buildtimetrend report`: one page of a history that is fetched for it, and nothing left behind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from buildtimetrend.demo.organisation import GITHUB
from buildtimetrend.demo.runs.history import RunHistory
from buildtimetrend.demo.server import TOKEN, SimulatedGitHub
from tests.cli.conftest import NOW, Run

pytestmark = pytest.mark.servers  # it starts a service of its own

BOXES = "simulated/boxes"
SILENT = 2 * 365 * 24 * 3600  # s: so long ago ended the newest build, or longer


@pytest.fixture(scope="module")
def github() -> Iterator[SimulatedGitHub]:
    with SimulatedGitHub(RunHistory(GITHUB, now=NOW - SILENT)) as running:
        yield running


@pytest.fixture
def environment(github: SimulatedGitHub) -> dict[str, str]:
    return {"BTT_GITHUB_API_URL": github.url, "BTT_GITHUB_TOKEN": TOKEN}


class Addresses(HTMLParser):
    """What a browser would load by itself, and what it would run."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        of = dict(attributes)
        self.found += [tag] if tag in ("script", "link", "img", "iframe", "object") or "src" in of else []


def test_a_report_is_one_page_of_the_history_with_nothing_beside_it(
    run: Run, environment: dict[str, str], tmp_path: Path
) -> None:
    ran = run("report", "github", BOXES, "--latest", "30", "-o", "boxes.html", **environment)
    assert ran.code == 0, ran.err
    assert "boxes.html is written." in ran.err
    assert [file.name for file in tmp_path.iterdir()] == ["boxes.html"]
    page = (tmp_path / "boxes.html").read_text(encoding="utf-8")
    assert Addresses(page).found == []
    assert f"<title>{BOXES}: where CI time goes</title>" in page
    assert "npm test" in page
    drawn = re.findall(r"<title>(\d+) · [^<]* UTC</title>", page)
    assert 20 <= len(set(drawn)) <= 30  # of one pipeline of two
    last = page.partition("The last build: <a href=")[2].partition("</h2>")[0]
    assert f">{max(drawn, key=int)}</a>" in last


def test_what_cannot_be_reported_is_one_line_and_leaves_no_file(
    run: Run, environment: dict[str, str], tmp_path: Path
) -> None:
    assert "Say which CI builds a/b" in run("report", "a/b", **environment).err
    assert "Say which repo: report github owner/name." in run("report", "github", **environment).err
    assert "is no repo" in run("report", "github", "nonsense", **environment).err
    assert "not both" in run("report", "github", "a/b", "--since", "9d", "--latest", "9", **environment).err
    assert "cannot be written" in run("report", "github", "a/b", "-o", "/no/x.html", **environment).err
    unknown = run("report", "github", "simulated/nothing", **environment)
    assert (unknown.code, "simulated/nothing" in unknown.err) == (1, True)
    assert list(tmp_path.iterdir()) == []
