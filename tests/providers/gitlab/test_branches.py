"""Whose branch a pipeline is of: merge requests, merged results, trains, forks, tags."""

from __future__ import annotations

import json
from typing import Any

import pytest

from buildtimetrend.errors import TemporaryError
from buildtimetrend.model import PullRequest
from buildtimetrend.providers.base import Latest, Received
from buildtimetrend.providers.gitlab import GitLab
from tests.providers.gitlab.answers import API, LIST, REPO, fetched, job, pages, pipeline, serve, whole
from tests.providers.server import Asked, Reply, Server

ASKED = f"{API}/merge_requests"


def asked(iid: int = 7, **changes: Any) -> dict[str, Any]:
    return {
        "iid": iid,
        "title": "Better",
        "source_branch": "feature",
        "target_branch": "main",
        "source_project_id": 42,
        "target_project_id": 42,
        "web_url": f"https://git.example/{REPO}/-/merge_requests/{iid}",
        **changes,
    }


@pytest.mark.parametrize("kind", ["head", "merge", "train"])
def test_a_merge_request_has_its_number_and_source_branch(server: Server, gitlab: GitLab, kind: str) -> None:
    serve(server, whole(ref=f"refs/merge-requests/7/{kind}", source="merge_request_event"), [job()])
    server.routes[ASKED] = Reply([asked()])
    build = fetched(gitlab)
    page = f"https://git.example/{REPO}/-/merge_requests/7"
    assert build.pull_request == PullRequest("7", "Better", "feature", "main", page)
    assert (build.branch, build.tag, build.trigger, build.head_repo) == (
        "feature",
        None,
        "pull_request",
        None,
    )


def test_of_a_merge_request_that_nobody_may_see_the_number_is_known(server: Server, gitlab: GitLab) -> None:
    serve(server, whole(ref="refs/merge-requests/7/head"), [job()])
    build = fetched(gitlab)
    assert (build.branch, build.pull_request) == (None, PullRequest("7"))


def test_one_that_no_list_has_is_asked_for_alone(server: Server, gitlab: GitLab) -> None:
    serve(server, whole(ref="refs/merge-requests/7/head"), [job()])
    server.routes[f"{ASKED}/7"] = Reply(asked())
    assert fetched(gitlab).branch == "feature"


def test_where_merge_requests_are_refused_they_are_asked_for_once(server: Server, gitlab: GitLab) -> None:
    for number in (7, 8, 9):
        serve(server, whole(id=number, ref=f"refs/merge-requests/{number}/head"), [job()])
        assert fetched(gitlab, number).branch is None
    assert len([path for path in server.paths() if path.startswith(ASKED)]) == 2


def test_a_merge_request_that_a_list_did_not_tell_is_asked_for_again(server: Server, gitlab: GitLab) -> None:
    serve(server, whole(ref="refs/merge-requests/7/head"), [job()])
    server.routes[ASKED] = Reply([])
    assert fetched(gitlab).branch is None
    server.routes[ASKED] = Reply([asked()])
    assert fetched(gitlab).branch == "feature"


def test_a_fault_in_the_list_of_merge_requests_leaves_none_unknown(server: Server, gitlab: GitLab) -> None:
    serve(server, whole(ref="refs/merge-requests/7/head"), [job()])
    server.routes[ASKED] = Reply(b"", 502)
    with pytest.raises(TemporaryError):
        fetched(gitlab)
    server.routes[ASKED] = Reply([asked()])
    assert fetched(gitlab).branch == "feature"


def test_a_merge_request_is_known_by_its_project_in_any_case(server: Server, gitlab: GitLab) -> None:
    body = {
        "object_kind": "pipeline",
        "object_attributes": {"id": 900, "iid": 9, "ref": "feature", "status": "success"},
        "merge_request": {"iid": 7, "title": "Better", "source_branch": "feature", "target_branch": "main"},
        "project": {"path_with_namespace": REPO.title()},
    }
    gitlab.receive(Received({"x-gitlab-token": "s3cret"}, json.dumps(body).encode()))
    serve(server, whole(ref="refs/merge-requests/7/head"), [job()])
    assert fetched(gitlab).branch == "feature"
    assert ASKED not in server.paths()


def test_a_webhook_tells_of_it_so_that_nothing_is_asked(server: Server, gitlab: GitLab) -> None:
    body = {
        "object_kind": "pipeline",
        "object_attributes": {"id": 900, "iid": 9, "ref": "feature", "status": "success"},
        "merge_request": {"iid": 7, "title": "Better", "source_branch": "feature", "target_branch": "main"},
        "project": {"path_with_namespace": REPO},
    }
    gitlab.receive(Received({"x-gitlab-token": "s3cret"}, json.dumps(body).encode()))
    serve(server, whole(ref="refs/merge-requests/7/head"), [job()])
    assert fetched(gitlab).branch == "feature"
    assert ASKED not in server.paths()


def test_a_forks_main_is_not_this_projects(server: Server, gitlab: GitLab) -> None:
    serve(server, whole(ref="refs/merge-requests/7/head"), [job()])
    server.routes[ASKED] = Reply([asked(source_branch="main", source_project_id=99)])
    server.routes["/api/v4/projects/99"] = Reply({"id": 99, "path_with_namespace": "mona/project"})
    build = fetched(gitlab)
    assert (build.branch, build.head_repo) == ("main", "mona/project")


@pytest.mark.parametrize("fork", [99, None])
def test_a_fork_that_nobody_may_see_or_that_is_gone_leaves_no_branch(
    server: Server, gitlab: GitLab, fork: int | None
) -> None:
    serve(server, whole(ref="refs/merge-requests/7/head"), [job()])
    server.routes[ASKED] = Reply([asked(source_branch="main", source_project_id=fork)])
    build = fetched(gitlab)
    assert (build.branch, build.head_repo) == (None, None)
    assert build.pull_request
    assert build.pull_request.source_branch == "main"


def test_a_tag_is_no_branch(server: Server, gitlab: GitLab) -> None:
    serve(server, whole(ref="v1.2", tag=True), [job(tag=True)])
    build = fetched(gitlab)
    assert (build.branch, build.tag) == (None, "v1.2")


def test_that_a_listed_pipeline_is_of_a_tag_its_jobs_tell(server: Server, gitlab: GitLab) -> None:
    server.routes[LIST] = pages([pipeline(ref="v1.2")])
    assert len(list(gitlab.select(REPO, Latest(5)))) == 1
    serve(server, whole(ref="v1.2", tag=True), [job(tag=True)])
    build = fetched(gitlab)
    assert (build.branch, build.tag) == (None, "v1.2")
    assert f"{LIST}/900" not in server.paths()


def test_merge_requests_of_all_that_were_listed_take_one_request(server: Server, gitlab: GitLab) -> None:
    listed = [pipeline(900 + n, n, ref=f"refs/merge-requests/{n}/head") for n in range(20, 0, -1)]
    server.routes[LIST] = pages(listed)

    def answer(request: Asked) -> Reply:
        return Reply([asked(n, source_branch=f"branch-{n}") for n in range(1, 21)])

    server.routes[ASKED] = answer
    assert len(list(gitlab.select(REPO, Latest(50)))) == 20
    for each in listed:
        serve(server, each, [job(each["id"])])
        assert fetched(gitlab, each["id"]).branch == f"branch-{each['iid']}"
    assert server.paths().count(ASKED) == 1
