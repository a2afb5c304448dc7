"""Repos that the settings do not allow, by the name that they have now or by the one that is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from buildtimetrend.app import create_app
from buildtimetrend.model import BuildRef, Import, Origin
from buildtimetrend.settings import Settings
from buildtimetrend.store import open_store
from buildtimetrend.store.base import Store
from buildtimetrend.web.analysis import usage
from buildtimetrend.web.context import Context
from tests.web.conftest import INSTANCE, NOW, KeptTasks, a_build

FORMER, PRESENT = "alice/app", "alice/secret"
READS = [
    "/dashboard/{repo}",
    "/dashboard/{repo}/charts/build_times",
    "/badges/{repo}",
    "/compare/{repo}",
    "/build/travis/{repo}/1",
    "/findings/{repo}",
    "/api/v1/projects/{repo}/findings",
    "/api/v1/projects/{repo}/alerts",
    "/api/v1/projects/{repo}",
    "/api/v1/projects/{repo}/builds",
    "/api/v1/projects/{repo}/jobs",
    "/api/v1/projects/{repo}/steps",
    "/api/v1/projects/{repo}/choices",
    "/api/v1/projects/{repo}/quality",
    "/api/v1/projects/{repo}/compare",
    "/api/v1/projects/{repo}/charts/build_times",
    "/api/v1/projects/{repo}/builds/travis/1",
]
LISTS = ["/", "/dashboard", "/stats", "/imports", "/metrics", "/api/v1/stats", "/api/v1/projects"]


@pytest.fixture
def store() -> Iterator[Store]:
    """With a repo that was renamed, and another one."""
    with closing(open_store("duckdb://:memory:")) as store:
        store.save(a_build(1, FORMER, repo_id="7", ago=timedelta(days=3))).result()
        store.save(a_build(2, PRESENT, repo_id="7", ago=timedelta(days=2))).result()
        store.save(a_build(1, "bob/open", repo_id="8", ago=timedelta(days=1))).result()
        yield store


@contextmanager
def service(store: Store, **settings: Any) -> Iterator[tuple[TestClient, KeptTasks]]:
    tasks = KeptTasks(store)
    app = create_app(Context(Settings.of(**settings), store, {}, tasks))
    with TestClient(app, follow_redirects=False) as client:
        yield client, tasks


@pytest.mark.parametrize("denying", [{"denied_repo": ("secret",)}, {"allowed_repo": ("app", "open")}])
@pytest.mark.parametrize("path", READS)
def test_it_is_not_read_by_a_former_name_that_is_allowed(
    store: Store, path: str, denying: dict[str, Any]
) -> None:
    with service(store) as (client, _):
        assert client.get(path.format(repo=FORMER)).status_code == 200
    with service(store, **denying) as (client, _):
        assert client.get(path.format(repo=FORMER)).status_code == 404
        assert client.get(path.format(repo=PRESENT)).status_code == 404


def test_its_badge_is_grey_by_a_former_name_that_is_allowed(store: Store) -> None:
    with service(store, denied_repo=("secret",)) as (client, _):
        badge = client.get(f"/badge/{FORMER}/latest/year.json").json()
        assert badge["message"] == "unknown"
        assert client.get("/badge/bob/open/latest/year.json").json()["message"] != "unknown"


def test_it_is_not_read_by_a_former_name_that_is_denied(store: Store) -> None:
    with service(store, denied_repo=("app",)) as (client, _):
        assert client.get(f"/api/v1/projects/{FORMER}").status_code == 404
        assert client.get(f"/api/v1/projects/{PRESENT}").status_code == 200


def test_what_is_kept_of_it_is_no_longer_shown_once_it_is_renamed_to_what_is_denied(store: Store) -> None:
    store.save(a_build(3, "carol/x", repo_id="9")).result()
    with service(store, denied_repo=("hidden",)) as (client, tasks):
        for path in ("/api/v1/projects/carol/x", "/badge/carol/x/latest/year.json"):
            assert client.get(path).status_code == 200
        tasks.land(a_build(4, "carol/hidden", repo_id="9"))  # by a process whose settings are older
        assert client.get("/api/v1/projects/carol/x").status_code == 404
        assert client.get("/badge/carol/x/latest/year.json").json()["message"] == "unknown"
        assert client.get("/api/v1/projects/bob/open").status_code == 200


@pytest.mark.parametrize("denying", [{"denied_repo": ("alice",)}, {"denied_repo": ("secret",)}])
def test_it_counts_in_no_figure(store: Store, denying: dict[str, Any]) -> None:
    with closing(open_store("duckdb://:memory:")) as alone, service(alone) as (client, tasks):
        tasks.land(a_build(1, "bob/open", ago=timedelta(days=1)))
        expected = figures(client)
    with service(store, **denying) as (client, _):
        assert figures(client) == expected


def figures(client: TestClient) -> object:
    stats = client.get("/api/v1/stats?timeframe=month").json()
    assert stats["builds"] == stats["repos"] == 1
    charts = [
        client.get(f"/api/v1/stats/charts/{chart}?timeframe=month").json()["columns"][1:]
        for chart in (*usage.OVER_TIME, usage.PROJECTS)
    ]
    names = ("repos", "all_repos", "builds", "jobs", "steps", "events", "projects", "languages")
    return {name: stats[name] for name in names}, charts


@pytest.mark.parametrize("path", LISTS)
def test_it_is_in_no_list_by_any_of_its_names(store: Store, path: str) -> None:
    with service(store, denied_repo=("secret",)) as (client, tasks):
        ref = BuildRef("travis", INSTANCE, FORMER, number="1")
        batch = Import("i1", "travis", FORMER, 1, 1, NOW)
        tasks.schedule([ref], Origin.IMPORT, batch=batch).result()
        store.save(a_build(9, PRESENT)).result()
        answer = client.get(path)
        assert answer.status_code == 200
        assert FORMER not in answer.text
        assert PRESENT not in answer.text


def test_an_import_by_its_former_name_is_not_there(store: Store) -> None:
    with service(store, denied_repo=("secret",)) as (client, tasks):
        ref = BuildRef("travis", INSTANCE, FORMER, number="1")
        tasks.schedule([ref], Origin.IMPORT, batch=Import("i1", "travis", FORMER, 1, 1, NOW)).result()
        for path in ("/api/v1/imports/i1", "/api/v1/imports/i1/tasks"):
            assert client.get(path).status_code == 404
        assert client.get("/api/v1/tasks").json() == {"tasks": []}
