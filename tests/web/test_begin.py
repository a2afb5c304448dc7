"""Adding a repository: its address finds the CI, its past comes in, and tasks tick themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from buildtimetrend.demo.server import WEBHOOK_SECRET, SimulatedGitHub
from buildtimetrend.model import BuildRef, Origin, Result
from buildtimetrend.web.pages import begin
from tests.tasks.providers import eventually
from tests.web.conftest import Service, a_build
from tests.web.test_set_up import REPO, github, serving

__all__ = ["github"]

# Nobody listens there, and who asks is told at once.
AWAY = {"travis_api_url": "http://127.0.0.1:9", "gitlab_url": "http://127.0.0.1:9"}
TASKS = f"/begin/github/{REPO}"


@pytest.fixture(scope="module")
def client(github: SimulatedGitHub) -> Iterator[TestClient]:
    given: dict[str, Any] = {"multi_import_max_builds": 12, "multi_import_delay": 0.0, **AWAY}
    with serving(github, github_webhook_secret=WEBHOOK_SECRET, **given) as client:
        yield client


def done(page: str) -> list[str]:
    """The tasks that are ticked."""
    return re.findall(r'data-fragment="mark-(\d)"><span aria-hidden="true">✓', page)


def text_of(page: str) -> str:
    """Without tags; those within a sentence leave nothing in their place."""
    page = re.sub(r"</?(?:code|a|bdi|wbr|time)\b[^>]*>", "", page)
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_an_address_leads_to_the_tasks_of_its_repository_and_its_past_comes_in(
    github: SimulatedGitHub, client: TestClient
) -> None:
    before = client.get(TASKS).text
    assert done(before) == []
    assert "GitHub Actions has no build of it yet" in text_of(before)
    for _ in range(2):  # the second time it is on its way, or here
        answer = client.post("/begin", data={"address": f"{github.url}/{REPO}/actions"})
        assert (answer.status_code, answer.headers["location"]) == (303, TASKS)
    eventually(lambda: "1" in done(client.get(TASKS).text), 20)
    eventually(lambda: "2" in done(client.get(TASKS).text), 60)
    page = client.get(TASKS).text
    assert "It is built by GitHub Actions" in text_of(page)
    assert page.count('class="plot"') == 1
    assert f'href="/dashboard/{REPO}?timeframe=year">Look at it now' in page
    assert len(client.get("/api/v1/imports").json()["imports"]) == 1


def test_a_notification_ticks_its_task_and_a_refused_one_says_why(
    github: SimulatedGitHub, client: TestClient
) -> None:
    assert "No notification of " in text_of(client.get(TASKS).text)
    newest = max(each.id for each in github.history.expected(REPO))
    headers, body = github.api.notification({"id": newest})
    wrong = dict(headers) | {"x-hub-signature-256": "sha256=" + "0" * 64}
    for _ in range(2):
        assert client.post("/hooks/github", content=body, headers=wrong).status_code == 401
    page = text_of(client.get(TASKS).text)
    assert re.search(r"refused .*\(2 in a row\) What may be wrong", page)
    assert done(client.get(TASKS).text).count("3") == 0
    assert client.post("/hooks/github", content=body, headers=headers).status_code == 202
    after = client.get(TASKS).text
    assert "3" in done(after)
    assert "first notification received" in text_of(after)
    assert "4" not in done(after)
    assert "Nobody for now." in text_of(after)


def test_a_name_that_no_ci_knows_is_told_with_what_each_said_and_can_be_mended(client: TestClient) -> None:
    answer = client.post("/begin", data={"address": "simulated/egnine"})
    assert answer.status_code == 502  # one of them could not be asked
    said = text_of(answer.text)
    assert "No CI system lets this service read simulated/egnine." in said
    assert "knows no simulated/egnine that this service may see (404)" in said
    assert "If it is private, give a token; else look at the spelling." in said
    assert said.count("could not be reached") == 2
    assert 'name="address" value="simulated/egnine"' in answer.text


def test_where_every_ci_answers_a_wrong_name_is_not_found(
    github: SimulatedGitHub, client: TestClient
) -> None:
    assert client.post("/begin", data={"address": f"{github.url}/simulated/egnine"}).status_code == 404


@pytest.mark.parametrize("address", ["https://elsewhere.example/a/b", "alone", "<b>x</b>", "a b/c d", "//"])
def test_what_is_no_address_of_a_repository_is_said_without_asking_anybody(
    client: TestClient, address: str
) -> None:
    answer = client.post("/begin", data={"address": address})
    assert answer.status_code == 422
    assert "is neither a name as owner/name nor the address" in answer.text
    assert "<b>x</b>" not in answer.text
    assert "Asked" not in text_of(answer.text)


def test_an_empty_field_is_said_to_be_empty(client: TestClient) -> None:
    answer = client.post("/begin", data={"address": " "})
    assert (answer.status_code, "is lacking" in answer.text) == (400, True)
    assert client.get("/begin").headers["location"] == "/#begin"


def test_a_repository_that_the_settings_do_not_allow_is_not_asked_for(github: SimulatedGitHub) -> None:
    with serving(github, denied_repo=("engine",), **AWAY) as client:
        answer = client.post("/begin", data={"address": f"{github.url}/{REPO}"})
        assert (answer.status_code, "do not allow" in answer.text) == (403, True)
        assert client.get(TASKS).status_code == 403


def test_where_changes_need_a_token_the_field_does_too(github: SimulatedGitHub) -> None:
    with serving(github, admin_token="t0ken", **AWAY) as client:
        assert 'name="address"' not in client.get("/").text
        assert client.post("/begin", data={"address": f"{github.url}/{REPO}"}).status_code == 401
        assert "Sign in to see it." in text_of(client.get(TASKS).text)


def test_a_form_of_another_site_adds_nothing(client: TestClient) -> None:
    answer = client.post("/begin", data={"address": REPO}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


def test_a_ci_that_there_is_not_and_what_is_no_repo_are_not_found(client: TestClient) -> None:
    assert client.get("/begin/jenkins/a/b").status_code == 404
    assert client.get("/begin/github/alone").status_code == 404


def test_the_first_page_shows_how_all_projects_are(service: Service) -> None:
    assert "Where does our CI time go?" in service.get("/").text
    service.tasks.land(a_build(1))
    page = service.get("/").text
    assert "<h1>No project takes longer</h1>" in page
    assert 'data-figure="failing"' in page
    service.tasks.land(a_build(2, result=Result.FAILED, ago=timedelta(minutes=1)))
    assert "<h1>No project takes longer; owner/<wbr>name fails</h1>" in service.get("/").text
    assert 'name="address"' in page
    service.post("/api/v1/imports", json={"repo": "owner/name", "first": 1, "last": 3})
    assert "0 of 3 builds are here" in service.get("/").text


def test_what_the_service_fetches_by_itself_is_announced(service: Service) -> None:
    refs = [BuildRef("travis", "https://api.travis-ci.com", "owner/name", number=str(n)) for n in (4, 5)]
    service.tasks.schedule(refs, Origin.SWEEP)
    said = text_of(service.get("/imports").text)
    assert "this service looks by itself for builds that no notification told of" in said
    assert "owner/name: 2 builds asked for in a day, 2 still to come" in said


def test_builds_of_another_ci_do_not_hide_its_own(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(begin, "DRAWN", 2)
    service.tasks.land(a_build(1, "owner/both", ago=timedelta(days=9)))
    for number in (2, 3, 4):
        build = replace(a_build(number, "owner/both"), provider="github", instance="https://api.github.com")
        service.tasks.land(build)
    assert "2" in done(service.get("/begin/travis/owner/both").text)
