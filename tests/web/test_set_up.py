"""The page that sets up a CI system: what to make there, what to set here, and whether it works."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from buildtimetrend import bootstrap
from buildtimetrend.demo.organisation import GITHUB
from buildtimetrend.demo.runs.history import RunHistory
from buildtimetrend.demo.server import TOKEN, WEBHOOK_SECRET, SimulatedGitHub
from buildtimetrend.providers import PROVIDERS
from buildtimetrend.settings import Settings
from tests.tasks.providers import eventually

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it prefers a successor of httpx that we have no other use for
    from starlette.testclient import TestClient

NOW = 1_780_000_000
REPO = "simulated/engine"


@pytest.fixture(scope="module")
def github() -> Iterator[SimulatedGitHub]:
    with SimulatedGitHub(RunHistory(GITHUB, now=NOW)) as running:
        yield running


@contextmanager
def serving(github: SimulatedGitHub, **values: Any) -> Iterator[TestClient]:
    given = {"github_api_url": github.url, "github_token": TOKEN, "github_delay": 0.0, **values}
    settings = Settings.of(store_url="duckdb://:memory:", sweep_interval=0.0, **given)
    with bootstrap.opened(settings) as service, TestClient(service.app, follow_redirects=False) as client:
        yield client


@pytest.mark.parametrize("kind", PROVIDERS)
def test_each_ci_has_a_page_that_says_what_to_make_and_what_to_set(
    github: SimulatedGitHub, kind: str
) -> None:
    with serving(github) as client:
        page = client.get(f"/set-up/{kind}")
        assert page.status_code == 200
        assert "No notification has been received yet." in page.text
        assert f"<code>{kind}.token</code>" in page.text
        assert "http://testserver/" in page.text
        assert f'href="/set-up/{kind}"' in client.get("/").text
    assert client.get("/set-up/unknown").status_code == 404


def test_a_secret_is_made_where_there_is_none_each_time_another(github: SimulatedGitHub) -> None:
    def made(client: TestClient) -> str:
        found = re.search(r'<code id="secret">([^<]+)</code>', client.get("/set-up/github").text)
        assert found is not None
        return found[1]

    with serving(github) as client:
        first, second = made(client), made(client)
        assert first != second
        assert min(len(first), len(second)) >= 40
        assert 'id="secret"' not in client.get("/set-up/travis").text


def test_a_secret_or_token_that_is_set_is_not_shown(github: SimulatedGitHub) -> None:
    with serving(github, github_webhook_secret="hush-hush") as client:
        page = client.get("/set-up/github").text
        assert "<code>github.webhook_secret</code> is set" in page
        assert "hush-hush" not in page
        assert TOKEN not in page


def test_access_is_checked_by_asking_for_the_newest_build(github: SimulatedGitHub) -> None:
    with serving(github) as client:
        page = client.post("/set-up/github", data={"repo": f"{github.url}/{REPO}"})
        assert page.status_code == 200
        assert f"GitHub Actions lets this service read {REPO}: the newest build is " in page.text
        assert " requests are left." in page.text
        assert 'name="builds" value="since 90 days"' in page.text
        answer = client.post("/api/v1/providers/github/check", json={"repo": REPO}).json()
        assert (answer["works"], answer["repo"], answer["received_at"]) == (True, REPO, None)


def test_what_keeps_it_from_reading_is_said(github: SimulatedGitHub) -> None:
    with serving(github, github_token="wrong") as client:
        page = client.post("/set-up/github", data={"repo": REPO})
        assert page.status_code == 200
        assert "401" in page.text
        assert "github.token" in page.text
        assert 'name="builds"' not in page.text
        answer = client.post("/api/v1/providers/github/check", json={"repo": REPO})
        assert answer.status_code == 200
        assert not answer.json()["works"]
    with serving(github) as client:
        page = client.post("/set-up/github", data={"repo": "simulated/unknown"})
        assert "knows no simulated/unknown that this service may see (404)" in page.text


@pytest.mark.parametrize("repo", ["", "alone", "a b/c", "../x"])
def test_what_is_no_repo_is_refused_with_what_one_looks_like(github: SimulatedGitHub, repo: str) -> None:
    with serving(github) as client:
        page = client.post("/set-up/github", data={"repo": repo})
        assert page.status_code == 422
        assert "names no repo of GitHub Actions, as owner/name would." in page.text
    answer = client.post("/api/v1/providers/unknown/check", json={"repo": REPO})
    assert answer.status_code == 404


def test_a_repo_that_the_settings_do_not_allow_is_not_asked_for(github: SimulatedGitHub) -> None:
    with serving(github, denied_repo=("engine",)) as client:
        page = client.post("/set-up/github", data={"repo": REPO})
        assert page.status_code == 403
        assert "do not allow this repo" in page.text


def test_where_changes_need_a_token_so_does_the_check(github: SimulatedGitHub) -> None:
    with serving(github, admin_token="t0ken") as client:
        page = client.get("/set-up/github").text
        assert "Sign in" in page
        assert 'id="secret"' not in page
        assert client.post("/set-up/github", data={"repo": REPO}).status_code == 401
        assert client.post("/api/v1/providers/github/check", json={"repo": REPO}).status_code == 401
        allowed = {"Authorization": "Bearer t0ken"}
        answer = client.post("/api/v1/providers/github/check", json={"repo": REPO}, headers=allowed)
        assert answer.json()["works"]


def test_the_page_tells_when_the_last_notification_came(github: SimulatedGitHub) -> None:
    newest = max(each.id for each in github.history.expected(REPO))
    with serving(github, github_webhook_secret=WEBHOOK_SECRET) as client:
        headers, body = github.api.notification({"id": newest})
        assert client.post("/hooks/github", content=body, headers=headers).status_code == 202
        eventually(lambda: "Last notification received" in client.get("/set-up/github").text, 20)
        told = client.post("/api/v1/providers/github/check", json={"repo": REPO}).json()
        assert told["received_at"]
