"""The image that slows three of the demo's projects is one finding, which the pages of each of them name, and
which says when it ended.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from buildtimetrend.alerts.of_finding import message
from buildtimetrend.alerts.report import report
from buildtimetrend.app import create_app
from buildtimetrend.demo.events import SLOW_IMAGE
from buildtimetrend.demo.history import Happened, History
from buildtimetrend.findings.document.shared_part import everything, several_in, shown
from buildtimetrend.model import Build, Query
from buildtimetrend.settings import Settings
from buildtimetrend.store import open_store, reads
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads.weeks import weeks
from buildtimetrend.waste.spent import Sum
from buildtimetrend.web.analysis.found import kept_alone, told
from buildtimetrend.web.context import Context
from tests.demo.conftest import NOW
from tests.demo.stored import at_the_end_of, builds_of, looked_at, save
from tests.web.conftest import KeptTasks

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it prefers a successor of httpx that we have no other use for
    from starlette.testclient import TestClient

pytestmark = pytest.mark.long

PROJECTS = ("simulated/numbers", "simulated/parser", "simulated/classroom")
# Builds that are left out
OLD = {"simulated/numbers": 520, "simulated/parser": 140, "simulated/classroom": 40}
NEAR = 6  # builds: of all branches, where those of the default branch alone are looked at
SAID = f"Jobs on {SLOW_IMAGE.dist} took "
WHERE = "in three projects from "
NAMED = "simulated/classroom, simulated/numbers and simulated/parser."
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def history() -> History:
    return History(seed=1, now=NOW)


@pytest.fixture(scope="module", autouse=True)
def _then(history: History) -> Iterator[None]:
    with at_the_end_of(history):
        yield


@pytest.fixture(scope="module")
def builds(history: History) -> Mapping[str, Sequence[Build]]:
    every = {repo: builds_of(history, repo) for repo in PROJECTS}
    return {repo: [build for build in of if int(build.number) > OLD[repo]] for repo, of in every.items()}


def happened(history: History, repo: str) -> Happened:
    return next(each for each in history.happened(repo) if each.what == "image")


def of_image(history: History, store: Store, repo: str) -> dict[str, Any]:
    """What is kept of it in a project: one finding, which begins where it was planted."""
    rows = [told(row) for row in reads.kept_findings(store, reads.repo_id(store, repo))]
    began = happened(history, repo).number
    [found] = [row for row in rows if row["worse"] and abs(int(row["since"]["number"]) - began) <= NEAR]
    return found


def listed(store: Store, repo: str) -> list[dict[str, Any]]:
    """What pages, feeds and commands tell of a project."""
    now = store.clock.now()
    found = kept_alone(store, Query(repo, now - 365 * DAY, now + DAY, "week"), now)
    assert found is not None
    told: list[dict[str, Any]] = found["findings"]
    return told


def is_of_image(row: Mapping[str, Any]) -> bool:
    shared = row["shared"] or (row["part_of"] or {}).get("shared") or {}
    return shared.get("image") == SLOW_IMAGE.dist


def all_say_so(history: History, store: Store) -> set[str]:
    """Checks what is kept of each, and that nothing else is told of it; returns what they say."""
    found = {repo: of_image(history, store, repo) for repo in PROJECTS}
    for repo, each in found.items():
        assert each["sentence"].startswith(SAID), repo
        assert WHERE in each["sentence"], repo
        assert each["sentence"].endswith(NAMED), repo
        assert each["own_sentence"] not in ("", None, each["sentence"]), repo
        assert each["over_since"], repo
    assert sum(bool(each["shared"]) for each in found.values()) == 1
    [speaking] = {each["id"] for each in found.values() if each["shared"]}
    assert {each["part_of"]["id"] for each in found.values() if each["part_of"]} == {speaking}
    for repo, each in found.items():
        assert [row["id"] for row in listed(store, repo) if is_of_image(row)] == [each["id"]], repo
    return {each["sentence"] for each in found.values()}


@pytest.fixture(scope="module")
def store(builds: Mapping[str, Sequence[Build]]) -> Iterator[Store]:
    with imported(builds, PROJECTS) as opened:
        yield opened


@contextmanager
def imported(builds: Mapping[str, Sequence[Build]], order: Sequence[str]) -> Iterator[Store]:
    with closing(open_store("duckdb://:memory:")) as opened:
        for repo in order:
            save(opened, builds[repo])
            looked_at(opened)
        yield opened


def test_whichever_project_is_imported_first(
    history: History, store: Store, builds: Mapping[str, Sequence[Build]]
) -> None:
    said = all_say_so(history, store)
    for turn in range(1, len(PROJECTS)):  # each is once the first, and once the last
        with imported(builds, [*PROJECTS[turn:], *PROJECTS[:turn]]) as other:
            said |= all_say_so(history, other)
    assert len(said) == 1


def test_though_all_are_looked_at_while_they_are_imported(
    tmp_path: Path, history: History, builds: Mapping[str, Sequence[Build]]
) -> None:
    """The newest first, as histories come. And the service is started anew each time."""
    parts = 2
    for part in range(parts):
        with closing(open_store(f"duckdb:///{tmp_path}/store.duckdb", memory_limit="200MB")) as store:
            for repo in PROJECTS:
                every = builds[repo][::-1]
                save(store, every[len(every) * part // parts : len(every) * (part + 1) // parts])
                looked_at(store)
    with closing(open_store(f"duckdb:///{tmp_path}/store.duckdb", memory_limit="200MB")) as store:
        all_say_so(history, store)


# Ends of the year with which the builds of a project say it too seldom, or hardly, for its own series; with
# which it begins in jobs and ends in a step, or in more jobs; and with which a step of seconds seems to get
# slower some builds later, or one job to be back some builds later.
@pytest.mark.parametrize(
    ("now", "first"),
    [
        (1_795_647_514, "simulated/classroom"),
        (1_795_766_299, "simulated/parser"),
        (1_795_867_800, "simulated/numbers"),
        (1_795_796_511, "simulated/numbers"),
        (1_795_845_358, "simulated/numbers"),
        (1_795_880_188, "simulated/numbers"),
    ],
)
def test_whenever_the_demo_starts(now: int, first: str) -> None:
    history, turn = History(seed=1, now=now), PROJECTS.index(first)
    every = {repo: [*builds_of(history, repo)][::-1] for repo in PROJECTS}
    with at_the_end_of(history), closing(open_store("duckdb://:memory:")) as store:
        for part in range(2):
            for repo in (*PROJECTS[turn:], *PROJECTS[:turn]):
                of = every[repo]
                save(store, of[len(of) * part // 2 : len(of) * (part + 1) // 2])
                looked_at(store)
        all_say_so(history, store)


@pytest.mark.parametrize("repo", PROJECTS)
def test_its_pages_its_alert_and_its_report_of_a_week_name_it(
    history: History, store: Store, builds: Mapping[str, Sequence[Build]], repo: str
) -> None:
    found, event = of_image(history, store, repo), happened(history, repo)
    assert event.until
    slow = [build for build in builds[repo] if event.number + NEAR < int(build.number) < event.until - NEAR]
    app = create_app(Context(Settings.of(), store, {}, KeptTasks(store)))
    with TestClient(app) as client:
        for path in (
            f"/findings/{repo}",
            f"/findings/{repo}/{found['id']}",
            f"/dashboard/{repo}",
            f"/build/travis/{repo}/{slow[0].number}",
            f"/findings/{repo}.atom",
            f"/api/v1/projects/{repo}/findings",
        ):
            answer = client.get(path)
            assert answer.status_code == 200, path
            assert found["sentence"] in answer.text.replace("\u00a0", " "), path  # units stay beside numbers
    since = found["since"]["started_at"]
    alert = message(found, id="f", number=1, event="opened", at=since, repo=repo, base="https://t")
    assert alert.title == found["sentence"]
    assert f"Here: {found['own_sentence']}" in alert.lines
    until = slow[0].started_at + DAY if slow[0].started_at else since
    [week] = [each for each in weeks(store, until - 35 * DAY, until - 7 * DAY, until) if each["repo"] == repo]
    shared = several_in(shown(each, everything) for each in week["slower"])
    spent = Sum(0, 0.0, 0.0, {}, None, None, 0.0)
    told_of = week | {"spent": spent, "currency": "", "several": shared}
    [part] = report([told_of], channel="c", until=until, base="https://t").parts
    assert found["sentence"] in part.lines[0]
