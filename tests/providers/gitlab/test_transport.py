"""How GitLab is asked: tokens, pages, limits, traces, and how often."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest

from buildtimetrend.errors import PermanentError, Stopped, TemporaryError
from buildtimetrend.model import Build, BuildRef, Job, LogState
from buildtimetrend.providers.base import Latest, Numbers, Period, Received
from buildtimetrend.providers.gitlab import GitLab
from tests.providers.gitlab.answers import (
    API,
    LIST,
    REPO,
    at,
    fetched,
    instant,
    job,
    never_ran,
    pages,
    pipeline,
    serve,
    serve_graph,
    whole,
)
from tests.providers.server import Asked, Reply, Server


@pytest.mark.parametrize(
    ("token", "kind", "header", "value"),
    [
        ("glpat-abc", "auto", "private-token", "glpat-abc"),
        ("0ld-token", "auto", "private-token", "0ld-token"),
        ("glcbt-64_abc", "auto", "job-token", "glcbt-64_abc"),
        ("ab" * 32, "auto", "authorization", f"Bearer {'ab' * 32}"),
        ("anything", "oauth", "authorization", "Bearer anything"),
        ("anything", "job", "job-token", "anything"),
        ("ab" * 32, "private", "private-token", "ab" * 32),
    ],
)
def test_each_kind_of_token_has_its_header(
    server: Server, opened: Callable[..., GitLab], token: str, kind: str, header: str, value: str
) -> None:
    serve(server, whole(), [job()])
    fetched(opened(gitlab_token=token, gitlab_token_kind=kind))
    assert all(asked.headers.get(header) == value for asked in server.asked)
    others = {"private-token", "job-token", "authorization"} - {header}
    assert not any(others & asked.headers.keys() for asked in server.asked)


@pytest.mark.parametrize("below", ["", "/gitlab", "/a/b"])
@pytest.mark.parametrize("repo", ["group/project", "group/sub/project", "a/b/c/d/e/f/project.with-dots"])
def test_a_server_below_a_path_and_subgroups_of_any_depth(
    server: Server, opened: Callable[..., GitLab], below: str, repo: str
) -> None:
    gitlab = opened(gitlab_url=server.url + below)
    path = f"{below}/api/v4/projects/{repo.replace('/', '%2F')}/pipelines"
    told = whole(web_url=f"https://git.example{below}/{repo}/-/pipelines/900")
    server.routes |= {f"{path}/900": Reply(told), f"{path}/900/jobs": pages([job()])}
    build = gitlab.fetch(BuildRef("gitlab", gitlab.instance, repo, id="900"))
    assert (build.repo, build.instance) == (repo, server.url + below)


def test_an_address_of_the_api_is_that_of_its_server(server: Server, opened: Callable[..., GitLab]) -> None:
    assert opened(gitlab_url=f"{server.url}/api/v4/").instance == server.url


def listed(gitlab: GitLab, selection: Any) -> list[str | None]:
    return [ref.number for ref in gitlab.select(REPO, selection)]


def history(count: int, first: int = 1, **changes: Any) -> list[dict[str, Any]]:
    """Newest first; one every hour."""
    return [
        pipeline(9000 + n, n, created_at=at(3600 * n), updated_at=at(3600 * n + 600), **changes)
        for n in range(first + count - 1, first - 1, -1)
    ]


def test_pages_are_followed_by_their_header(server: Server, gitlab: GitLab) -> None:
    server.routes[LIST] = pages(history(250))
    assert listed(gitlab, Latest(1000)) == [str(n) for n in range(250, 0, -1)]


def test_where_no_header_says_so_the_empty_page_is_the_end(server: Server, gitlab: GitLab) -> None:
    server.routes[LIST] = pages(history(45), size=20, **{"X-Per-Page": "20"})
    assert len(listed(gitlab, Latest(1000))) == 45


def test_pages_by_key_are_followed_by_their_link(server: Server, gitlab: GitLab) -> None:
    entries = history(30)

    def answer(asked: Asked) -> Reply:
        if asked.query.get("source"):
            return Reply([])
        begun = int(asked.query.get("cursor", 0))
        link = f'<https://elsewhere.example{LIST}?cursor={begun + 10}&per_page=100>; rel="next"'
        return Reply(entries[begun : begun + 10], headers={"Link": link if begun < 20 else ""})

    server.routes[LIST] = answer
    assert len(listed(gitlab, Latest(1000))) == 30


def test_numbers_are_found_without_reading_all_pages(server: Server, gitlab: GitLab) -> None:
    entries = [each for each in history(12_000) if each["iid"] % 3]
    server.routes[LIST] = pages(entries)
    assert listed(gitlab, Numbers(500, 506)) == ["506", "505", "503", "502", "500"]
    assert len(server.asked) < 25
    assert listed(gitlab, Numbers(20_000, 20_010)) == []


def test_a_build_is_found_by_its_number(server: Server, gitlab: GitLab) -> None:
    server.routes[LIST] = pages(history(300))
    serve(server, whole(id=9040, iid=40), [job()])
    build = gitlab.fetch(BuildRef("gitlab", gitlab.instance, REPO, number="40"))
    assert (build.id, build.number) == ("9040", "40")
    with pytest.raises(PermanentError, match="has no pipeline 4000"):
        gitlab.fetch(BuildRef("gitlab", gitlab.instance, REPO, number="4000"))


def test_a_period_has_what_was_made_in_it_and_has_ended(server: Server, gitlab: GitLab) -> None:
    entries = history(300)
    entries[100]["status"] = "running"
    server.routes[LIST] = pages(entries)
    found = listed(gitlab, Period(instant(3600 * 195), instant(3600 * 203)))
    assert found == ["202", "201", "199", "198", "197", "196", "195"]
    assert server.asked[0].query["updated_after"] == "2026-03-09T12:59:59Z"


def test_latest_are_those_that_have_ended(server: Server, gitlab: GitLab) -> None:
    server.routes[LIST] = pages([*history(3, 10, status="manual"), *history(4)])
    assert listed(gitlab, Latest(3)) == ["4", "3", "2"]


def test_a_list_is_read_lazily_and_an_import_takes_two_requests_per_pipeline(
    server: Server, gitlab: GitLab
) -> None:
    entries = history(200)
    server.routes[LIST] = pages(entries)
    for each in entries:
        serve(server, {**whole(), **each}, [job(each["id"]), never_ran(each["id"] + 5000, "x", "skipped")])
    refs = list(gitlab.select(REPO, Latest(200)))
    assert gitlab.requests() == 3, "two pages, and one of children"
    builds = [gitlab.fetch(ref) for ref in refs]
    assert len(builds) == 200
    assert gitlab.requests() - 3 <= 2 * 200 + 1, "one for GraphQL, which does not answer"
    assert {asked.path for asked in server.asked}.isdisjoint(f"{LIST}/{each['id']}" for each in entries)


def test_with_graphql_it_takes_two_as_well(server: Server, gitlab: GitLab) -> None:
    entries = history(30)
    server.routes[LIST] = pages(entries)
    refs = list(gitlab.select(REPO, Latest(30)))
    before = gitlab.requests()
    for ref, each in zip(refs, entries, strict=True):
        serve(server, {**whole(), **each}, [job(each["id"])])
        serve_graph(server, node_of(each["id"]), pipeline=each["id"])
        assert gitlab.fetch(ref).jobs[0].needs == ()
    assert gitlab.requests() - before == 60


def node_of(id: int) -> dict[str, Any]:
    return {
        "id": f"gid://gitlab/Ci::Build/{id}",
        "name": "build",
        "schedulingType": "dag",
        "needs": {"nodes": []},
    }


def test_a_listed_and_a_fetched_pipeline_are_the_same_build(
    server: Server, opened: Callable[..., GitLab]
) -> None:
    serve(server, whole(started_at=at(10), finished_at=at(600)), [job()])
    server.routes[LIST] = pages([pipeline()])
    lister = opened()
    (ref,) = lister.select(REPO, Latest(5))
    assert lister.fetch(ref) == fetched(opened())


def test_what_was_listed_is_asked_for_again_the_second_time(server: Server, gitlab: GitLab) -> None:
    server.routes[LIST] = pages([pipeline()])
    (ref,) = gitlab.select(REPO, Latest(5))
    serve(server, whole(status="running", finished_at=None), [job()])
    assert gitlab.fetch(ref).finished
    assert not gitlab.fetch(ref).finished


@pytest.mark.parametrize(
    "late",
    [
        job(2, "again", created_at=at(900), started_at=at(902), finished_at=at(910)),
        job(2, "by hand", started_at=at(902), finished_at=at(910)),
        job(2, "again", status="running", started_at=at(902), finished_at=None),
    ],
)
def test_a_listed_pipeline_that_went_on_since_is_asked_for_again(
    server: Server, gitlab: GitLab, late: dict[str, Any]
) -> None:
    """What is kept of a list is no newer than the list: its jobs, which are read now, show it."""
    server.routes[LIST] = pages([pipeline(status="failed")])
    (ref,) = gitlab.select(REPO, Latest(5))
    serve(server, whole(finished_at=at(910), updated_at=at(910)), [job(), late])
    assert gitlab.fetch(ref).raw_result == "success"


def test_a_webhook_drops_what_was_listed_of_its_pipeline(server: Server, gitlab: GitLab) -> None:
    server.routes[LIST] = pages([pipeline(status="failed")])
    (ref,) = gitlab.select(REPO, Latest(5))
    body = {
        "object_kind": "pipeline",
        "object_attributes": {"id": 900, "iid": 9, "status": "success"},
        "project": {"path_with_namespace": REPO.title()},
    }
    gitlab.receive(Received({"x-gitlab-token": "s3cret"}, json.dumps(body).encode()))
    serve(server, whole(), [job()])
    assert gitlab.fetch(ref).raw_result == "success"
    assert f"{LIST}/900" in server.paths()


def test_lists_without_names_will_do_where_the_server_knows_of_none(server: Server, gitlab: GitLab) -> None:
    """Where pipelines have names on their own pages alone, these are asked for each time."""
    listed = [{key: value for key, value in pipeline(id, id).items() if key != "name"} for id in (3, 2, 1)]
    server.routes[LIST] = pages(listed)
    refs = list(gitlab.select(REPO, Latest(3)))
    names: list[dict[str, Any]] = [{}, {"name": None}, {"name": "Nightly"}]
    for each, name in zip(listed, names, strict=True):
        own = {key: value for key, value in whole(**each).items() if key != "name"}
        serve(server, own | name, [job()])
    assert [gitlab.fetch(ref).title for ref in refs[:2]] == [None, None]
    assert f"{LIST}/2" not in server.paths()
    assert gitlab.fetch(refs[1]).title is None
    assert gitlab.fetch(refs[2]).title == "Nightly"


def test_a_fault_on_the_way_costs_no_more_than_what_is_asked_again(server: Server, gitlab: GitLab) -> None:
    server.routes[LIST] = pages([pipeline()])
    (ref,) = gitlab.select(REPO, Latest(5))
    serve(server, whole(), [job()])
    jobs, server.routes[f"{LIST}/900/jobs"] = server.routes[f"{LIST}/900/jobs"], Reply(b"", 503)
    with pytest.raises(TemporaryError):
        gitlab.fetch(ref)
    server.routes[f"{LIST}/900/jobs"] = jobs
    assert gitlab.fetch(ref).finished
    assert f"{LIST}/900" not in server.paths()


def test_many_jobs_come_in_pages(server: Server, gitlab: GitLab) -> None:
    serve(server, whole(), [job(n, f"job {n}") for n in range(1, 251)])
    assert len(fetched(gitlab).jobs) == 250


def test_the_limit_that_answers_tell_is_known(server: Server, gitlab: GitLab) -> None:
    resets = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=40)
    told = {
        "RateLimit-Limit": "600",
        "RateLimit-Remaining": "17",
        "RateLimit-Reset": str(int(resets.timestamp())),
    }
    assert gitlab.rate_limit() is None
    serve(server, whole(), [job()])
    server.routes[f"{LIST}/900"] = Reply(whole(), headers=told)
    fetched(gitlab)
    limit = gitlab.rate_limit()
    assert limit
    assert (limit.limit, limit.remaining, limit.resets_at) == (600, 17, resets)


@pytest.mark.parametrize(("headers", "pause"), [({"Retry-After": "30"}, 30.0), ({}, 60.0)])
def test_a_limit_that_is_used_up_is_waited_for(
    server: Server, gitlab: GitLab, headers: dict[str, str], pause: float
) -> None:
    server.otherwise = Reply(b"Retry later\n", 429, headers)
    with pytest.raises(TemporaryError) as refused:
        fetched(gitlab)
    assert refused.value.retry_after == pause


def test_a_limit_that_graphql_meets_is_waited_for_too(server: Server, gitlab: GitLab) -> None:
    serve(server, whole(), [job()])
    server.routes["/api/graphql"] = Reply(b"Retry later\n", 429, {"Retry-After": "7"})
    with pytest.raises(TemporaryError) as refused:
        fetched(gitlab)
    assert refused.value.retry_after == 7.0


@pytest.mark.parametrize(
    ("reply", "state", "content"),
    [
        (Reply(b"text\n"), LogState.COMPLETE, b"text\n"),
        (Reply(b""), LogState.EMPTY, b""),
        (Reply({"message": "404 Not found"}, 404), LogState.MISSING, b""),
        (Reply({"message": "403 Forbidden"}, 403), LogState.MISSING, b""),
        (
            Reply(b"<html>Sign in</html>", headers={"Content-Type": "text/html; charset=utf-8"}),
            LogState.MISSING,
            b"",
        ),
        (Reply(b"\n<!DOCTYPE html><html>Sign in</html>"), LogState.MISSING, b""),
        (Reply(b"x" * 5000), LogState.CUT, b"x" * 2048),
    ],
)
def test_what_becomes_of_a_trace(
    server: Server, opened: Callable[..., GitLab], reply: Reply, state: LogState, content: bytes
) -> None:
    gitlab = opened(gitlab_token="t0ken", gitlab_max_log_size=2048)
    build, ran = built(server, gitlab)
    server.routes[f"{API}/jobs/1/trace"] = reply
    log = gitlab.log(build, ran)
    assert log is not None
    assert b"".join(log.chunks) == content
    assert log.state is state


def test_a_limit_that_a_trace_meets_is_no_missing_trace(server: Server, gitlab: GitLab) -> None:
    build, ran = built(server, gitlab)
    server.routes[f"{API}/jobs/1/trace"] = Reply({"message": "Rate limit exceeded"}, 403)
    with pytest.raises(TemporaryError) as refused:
        gitlab.log(build, ran)
    assert refused.value.retry_after == 60.0


def test_a_redirect_to_sign_in_is_a_missing_trace(server: Server, gitlab: GitLab) -> None:
    build, ran = built(server, gitlab)
    server.routes[f"{API}/jobs/1/trace"] = Reply(b"", 302, {"Location": f"{server.url}/users/sign_in"})
    server.routes["/users/sign_in"] = Reply(b"<html>Sign in</html>", headers={"Content-Type": "text/html"})
    log = gitlab.log(build, ran)
    assert log
    assert b"".join(log.chunks) == b""
    assert log.state is LogState.MISSING


def test_an_archived_trace_is_read_where_it_lies_without_the_token(server: Server, gitlab: GitLab) -> None:
    build, ran = built(server, gitlab)
    elsewhere = server.url.replace("127.0.0.1", "localhost")
    server.routes[f"{API}/jobs/1/trace"] = Reply(b"", 302, {"Location": f"{elsewhere}/bucket/log"})
    server.routes["/bucket/log"] = Reply(b"archived")
    log = gitlab.log(build, ran)
    assert log
    assert b"".join(log.chunks) == b"archived"
    assert "private-token" not in server.asked[-1].headers


def test_an_erased_trace_and_that_of_a_job_that_never_ran_are_not_asked_for(
    server: Server, gitlab: GitLab
) -> None:
    serve(server, whole(), [job(1, erased_at=at(900)), never_ran(2, "x", "skipped")])
    build = fetched(gitlab)
    before = len(server.asked)
    assert build.jobs[0].log is LogState.MISSING
    assert gitlab.log(build, build.jobs[0]) is None
    assert gitlab.log(build, build.jobs[1]) is None
    assert len(server.asked) == before


def built(server: Server, gitlab: GitLab) -> tuple[Build, Job]:
    serve(server, whole(), [job(1)])
    build = fetched(gitlab)
    return build, build.jobs[0]


def test_a_project_that_nobody_may_see_says_so(server: Server, gitlab: GitLab) -> None:
    server.otherwise = Reply({"message": "404 Project Not Found"}, 404)
    with pytest.raises(PermanentError, match=r"knows no group/sub/project .*gitlab\.token"):
        list(gitlab.select(REPO, Latest(1)))


@pytest.mark.parametrize("repo", ["project", "a//b", "../x", "a/../b", "a/b c", "", "/".join("a" * 30)])
def test_what_is_no_project_is_refused(gitlab: GitLab, repo: str) -> None:
    with pytest.raises(PermanentError, match="is not a GitLab project"):
        gitlab.fetch(BuildRef("gitlab", gitlab.instance, repo, id="1"))
    with pytest.raises(PermanentError, match="is not a GitLab project"):
        gitlab.select(repo, Latest(1))


def test_closed_it_is_stopped(server: Server, gitlab: GitLab) -> None:
    server.routes[LIST] = pages(history(300))
    refs = gitlab.select(REPO, Latest(300))
    assert len(list(islice(refs, 3))) == 3
    gitlab.close()
    with pytest.raises(Stopped):
        list(refs)


@pytest.mark.parametrize(
    ("text", "repo"),
    [
        ("group/sub/project", "group/sub/project"),
        ("https://gitlab.com/group/sub/project", "group/sub/project"),
        ("https://gitlab.com/group/sub/project/-/pipelines/12", "group/sub/project"),
        ("https://gitlab.com/group/sub/project.git", "group/sub/project"),
        ("git@gitlab.com:group/sub/project.git", "group/sub/project"),
        ("https://git.example/api/v4/projects/group%2Fproject/pipelines", "group/project"),
        ("project", None),
        ("https://gitlab.com/", None),
        ("a/../b", None),
    ],
)
def test_projects_as_people_paste_them(text: str, repo: str | None) -> None:
    assert GitLab.repo_of(text) == repo


def test_pages_lie_beside_each_other() -> None:
    page = "https://git.example/x/group/project/-/pipelines/9"
    assert GitLab.job_page(page, "77") == "https://git.example/x/group/project/-/jobs/77"
    assert GitLab.code_page(page, "group/project") == "https://git.example/x/group/project"
    assert GitLab.job_page("https://ci.example/9", "77") is None
