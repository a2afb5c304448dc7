"""All builds of a project: searched, page by page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

import pytest

from buildtimetrend.model import PullRequest
from tests.web.conftest import Service, a_build, running_service

REPO = "owner/name"
MARKUP = "<b>Ada</b>"


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with running_service() as running:
        for number in range(1, 121):
            running.tasks.land(a_build(number))
        running.tasks.land(
            replace(
                a_build(121),
                author=MARKUP,
                message="Fix the CLOCK\n\nIt was wrong.",
                commit="c0ffee0123",
                branch="topic/clock",
                pull_request=PullRequest("77"),
            )
        )
        yield running


def found(service: Service, q: str) -> list[str]:
    answer = service.client.get(f"/api/v1/projects/{REPO}/builds", params={"timeframe": "year", "q": q})
    return [build["number"] for build in answer.json()["builds"]]


@pytest.mark.parametrize("q", ["clock", "c0ffee", "topic/", "ada", "it WAS", "fix clock c0ffee 121"])
def test_a_build_is_found_by_any_of_its_words(service: Service, q: str) -> None:
    assert found(service, q) == ["121"]


@pytest.mark.parametrize("q", ["clock elsewhere", "%", "_lock", "' OR 1=1", "cl\\ock"])
def test_all_words_are_needed_and_none_is_a_pattern(service: Service, q: str) -> None:
    assert found(service, q) == []


def test_pages_follow_each_other_and_keep_what_was_asked(service: Service) -> None:
    asked = {"timeframe": "year", "filter_branch": a_build(1).branch or "", "limit": "1000"}
    all_builds = service.client.get(f"/api/v1/projects/{REPO}/builds", params=asked).json()["builds"]
    address: str | None = f"/builds/{REPO}?filter_branch={asked['filter_branch']}"
    pages = []
    while address:
        page = service.get(address).text
        pages.append(re.findall(r"/build/travis/owner/name/(\d+)\?id=", page))
        older = re.search(r'href="([^"]+)" rel="next"', page)
        address = unescape(older[1]) if older else None
    assert [len(numbers) for numbers in pages] == [50, 50, 20]
    assert [number for numbers in pages for number in numbers] == [build["number"] for build in all_builds]


@pytest.mark.parametrize("page", ["0", "-1", "x", "\u0661", "9" * 30, ""])
def test_what_is_no_page_is_answered(service: Service, page: str) -> None:
    assert service.client.get(f"/builds/{REPO}", params={"page": page}).status_code == 200


def test_nothing_found_is_said_and_markup_stays_text(service: Service) -> None:
    page = service.get(f"/builds/{REPO}?q=%3Ci%3Enothing").text
    assert "has “&lt;i&gt;nothing”" in page
    assert MARKUP not in service.get(f"/builds/{REPO}?q=ada").text
    assert service.client.get("/builds/no/body").status_code == 404
    assert service.client.get(f"/api/v1/projects/{REPO}/builds", params={"q": "a" * 201}).status_code == 422
