"""GitHub's answers that are none: limits, failures at large pages, repos that moved."""

from __future__ import annotations

import time
from typing import Any

import pytest

from buildtimetrend.errors import PermanentError, TemporaryError
from buildtimetrend.model import BuildRef
from buildtimetrend.providers.base import Latest
from buildtimetrend.providers.github import GitHub
from tests.providers.github.answers import REPO, RUNS, job, paged, run, serve
from tests.providers.github.conftest import Opener
from tests.providers.server import Asked, Reply, Server


def ref(github: GitHub, repo: str = REPO) -> BuildRef:
    return BuildRef("github", github.instance, repo, "9001")


def many(count: int) -> list[dict[str, Any]]:
    return [job(id, f"job {id}") for id in range(1, count + 1)]


def test_jobs_are_read_from_all_pages(server: Server, github: GitHub) -> None:
    serve(server, run(), many(250))
    assert len(github.fetch(ref(github)).jobs) == 250
    assert server.paths().count(f"{RUNS}/9001/attempts/1/jobs") == 3


@pytest.mark.parametrize("status", [500, 502, 504])
def test_smaller_pages_are_asked_for_where_large_ones_fail(
    server: Server, github: GitHub, status: int
) -> None:
    serve(server, run(), many(95))
    whole = server.routes[f"{RUNS}/9001/attempts/1/jobs"]

    def page(asked: Asked) -> Reply:
        assert callable(whole)
        return Reply(b"", status) if int(asked.query["per_page"]) > 50 else whole(asked)

    server.routes[f"{RUNS}/9001/attempts/1/jobs"] = page
    assert [each.id for each in github.fetch(ref(github)).jobs] == [str(id) for id in range(1, 96)]


def test_a_later_page_that_fails_is_read_in_smaller_ones(server: Server, github: GitHub) -> None:
    serve(server, run(), many(150))
    whole = server.routes[f"{RUNS}/9001/attempts/1/jobs"]

    def page(asked: Asked) -> Reply:
        assert callable(whole)
        return Reply(b"", 502) if asked.query == {"per_page": "100", "page": "2"} else whole(asked)

    server.routes[f"{RUNS}/9001/attempts/1/jobs"] = page
    assert len(github.fetch(ref(github)).jobs) == 150


def test_a_server_that_fails_at_small_pages_too_is_asked_later(server: Server, github: GitHub) -> None:
    serve(server, run(), many(1))
    server.routes[f"{RUNS}/9001/attempts/1/jobs"] = Reply(b"", 502)
    with pytest.raises(TemporaryError, match="502"):
        github.fetch(ref(github))


def test_jobs_without_end_are_left(server: Server, github: GitHub) -> None:
    serve(server, run(), [])
    server.routes[f"{RUNS}/9001/attempts/1/jobs"] = Reply({"jobs": many(100)})
    assert len(github.fetch(ref(github)).jobs) == 100
    assert len(server.asked) < 10


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize(
    ("headers", "message", "low", "high"),
    [
        ({"Retry-After": "30"}, "", 30, 30),
        (
            {"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "{soon}"},
            "",
            1,
            900,
        ),
        ({}, "You have exceeded a secondary rate limit. Please wait a few minutes", 60, 60),
        ({}, "API rate limit exceeded for user ID 1.", 60, 60),
    ],
)
def test_a_limit_is_waited_for(
    server: Server, github: GitHub, status: int, headers: dict[str, str], message: str, low: int, high: int
) -> None:
    told = {name: value.format(soon=int(time.time()) + 900) for name, value in headers.items()}
    server.otherwise = Reply({"message": message}, status, told)
    for ask in (lambda: github.fetch(ref(github)), lambda: list(github.select(REPO, Latest(1)))):
        with pytest.raises(TemporaryError) as caught:
            ask()
        assert caught.value.retry_after is not None
        assert low <= caught.value.retry_after <= high


def test_what_is_left_of_the_limit_is_told(server: Server, github: GitHub) -> None:
    assert github.rate_limit() is None
    soon = str(int(time.time()) + 900)
    told = {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "4321", "X-RateLimit-Reset": soon}
    server.routes[RUNS] = Reply({"workflow_runs": []}, headers=told)
    assert list(github.select(REPO, Latest(1))) == []
    limit = github.rate_limit()
    assert limit is not None
    assert (limit.limit, limit.remaining) == (5000, 4321)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refusal_says_what_to_do(server: Server, github: GitHub, status: int) -> None:
    server.otherwise = Reply({"message": "Resource not accessible by personal access token"}, status)
    with pytest.raises(PermanentError, match=r"github\.token"):
        github.fetch(ref(github))


@pytest.mark.parametrize("told", ["body", "header", "path"])
def test_a_repo_that_was_renamed_is_found_by_its_old_name(server: Server, github: GitHub, told: str) -> None:
    serve(server, run(), many(2))
    for end in ("", "/attempts/1/jobs"):
        new = f"/repositories/42/actions/runs/9001{end}"
        server.routes[new] = server.routes[f"{RUNS}/9001{end}"]
        old = f"/repos/octo-org/old-name/actions/runs/9001{end}"
        location = {} if told == "body" else {"Location": new if told == "path" else f"{server.url}{new}"}
        body = {"message": "Moved Permanently", "url": f"{server.url}{new}"} if told == "body" else {}

        def moved(asked: Asked, body: Any = body, location: Any = location) -> Reply:
            query = "&".join(f"{name}={value}" for name, value in asked.query.items())
            told = {name: f"{value}?{query}" if query else value for name, value in location.items()}
            if "url" in body and query:
                return Reply({**body, "url": f"{body['url']}?{query}"}, 301)
            return Reply(body, 301, told)

        server.routes[old] = moved
    build = github.fetch(ref(github, "octo-org/old-name"))
    assert (build.repo, len(build.jobs)) == (REPO, 2)


def test_a_repo_that_moved_to_another_server_is_not_followed(server: Server, github: GitHub) -> None:
    server.otherwise = Reply({"url": "https://elsewhere.example/repos/x/y"}, 301)
    with pytest.raises(PermanentError, match="301"):
        github.fetch(ref(github))


def test_who_asks_is_proven_by_the_token(server: Server, opened: Opener) -> None:
    serve(server, run(), many(1))
    opened(github_token="t0ken").fetch(ref(opened()))
    assert {asked.headers["authorization"] for asked in server.asked} == {"Bearer t0ken"}
    assert {asked.headers["x-github-api-version"] for asked in server.asked} == {"2022-11-28"}
    server.asked.clear()
    opened().fetch(ref(opened()))
    assert not any("authorization" in asked.headers for asked in server.asked)


def test_an_enterprise_server_has_its_api_below_a_path(server: Server, opened: Opener) -> None:
    github = opened(github_api_url=f"{server.url}/api/v3")
    page = f"{server.url}/{REPO}"
    told = run(repository={"id": 42, "full_name": REPO})
    server.routes[f"/api/v3{RUNS}/9001"] = Reply(told)
    server.routes[f"/api/v3{RUNS}/9001/attempts/1/jobs"] = paged("jobs", many(1))
    build = github.fetch(ref(github))
    assert build.code_host == server.url.removeprefix("http://")
    assert build.pipeline_url == f"{page}/actions/workflows/ci.yml"
    assert build.instance == f"{server.url}/api/v3"


@pytest.mark.parametrize(
    ("text", "repo"),
    [
        ("octo-org/octo-repo", "octo-org/octo-repo"),
        ("https://github.com/octo-org/octo-repo/actions/workflows/ci.yml", "octo-org/octo-repo"),
        ("https://github.com/octo-org/octo-repo/actions/runs/9001/job/1", "octo-org/octo-repo"),
        ("https://github.com/octo-org/octo-repo.git", "octo-org/octo-repo"),
        ("git@github.com:octo-org/octo-repo.git", "octo-org/octo-repo"),
        ("https://api.github.com/repos/octo-org/octo-repo/actions/runs", "octo-org/octo-repo"),
        ("github.com/octo-org/octo-repo", "octo-org/octo-repo"),
        ("octo-org", None),
        ("a/b/c", None),
        ("https://github.com/octo-org", None),
    ],
)
def test_a_pasted_address_names_its_repo(text: str, repo: str | None) -> None:
    assert GitHub.repo_of(text) == repo


def test_pages_of_jobs_and_code_follow_from_a_run_s() -> None:
    page = "https://github.com/octo-org/octo-repo/actions/runs/9001"
    assert GitHub.job_page(page, "5") == f"{page}/job/5"
    assert GitHub.code_page(page, "octo-org/octo-repo") == "https://github.com/octo-org/octo-repo"
    assert GitHub.step_page(f"{page}/job/5", 3) == f"{page}/job/5#step:3:1"
    assert GitHub.job_page("https://elsewhere.example/x", "5") is None
    assert GitHub.code_page("https://elsewhere.example/x", "octo-org/octo-repo") is None
