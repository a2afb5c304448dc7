"""Branches of forks, tags, merge queues."""

from __future__ import annotations

from typing import Any

import pytest

from buildtimetrend.model import PullRequest
from buildtimetrend.providers.github import GitHub
from tests.providers.github.answers import PAGE, fetched, job, run
from tests.providers.server import Server

FORK = {"id": 99, "full_name": "mona/octo-repo", "html_url": "https://github.com/mona/octo-repo"}


def pull(number: int = 5, into: int = 42) -> dict[str, Any]:
    return {
        "number": number,
        "head": {"ref": "fix", "sha": "a1", "repo": {"id": 42}},
        "base": {"ref": "main", "sha": "b2", "repo": {"id": into}},
    }


def test_a_branch_that_a_fork_calls_main_is_not_this_repo_s(server: Server, github: GitHub) -> None:
    build = fetched(server, github, run(event="pull_request", head_repository=FORK), [job()])
    assert (build.trigger, build.branch, build.head_repo) == ("pull_request", "main", "mona/octo-repo")
    assert build.pull_request is None


@pytest.mark.parametrize("event", ["pull_request", "pull_request_target", "pull_request_review"])
def test_a_fork_that_is_gone_leaves_no_branch(server: Server, github: GitHub, event: str) -> None:
    build = fetched(server, github, run(event=event, head_repository=None), [job()])
    assert (build.trigger, build.branch, build.head_repo) == ("pull_request", None, None)


def test_the_pull_request_is_the_one_into_this_repo(server: Server, github: GitHub) -> None:
    told = run(event="pull_request", head_branch="fix", pull_requests=[pull(88, into=7), pull(5)])
    build = fetched(server, github, told, [job()])
    assert build.pull_request == PullRequest(
        "5", source_branch="fix", target_branch="main", url=f"{PAGE}/pull/5"
    )
    assert (build.branch, build.head_repo) == ("fix", None)


def test_the_same_repo_in_other_letters_is_no_fork(server: Server, github: GitHub) -> None:
    same = {"id": 42, "full_name": "Octo-Org/Octo-Repo"}
    assert fetched(server, github, run(head_repository=same), [job()]).head_repo is None


@pytest.mark.parametrize("event", ["merge_group", "push"])
def test_a_merge_queue_is_of_the_branch_it_merges_into(server: Server, github: GitHub, event: str) -> None:
    name = "gh-readonly-queue/release/2.x/pr-27396-0f1e2d3c4b5a69788796a5b4c3d2e1f001234567"
    build = fetched(server, github, run(event=event, head_branch=name), [job()])
    assert (build.trigger, build.branch, build.tag) == ("merge_queue", "release/2.x", None)
    assert build.pull_request == PullRequest("27396", target_branch="release/2.x", url=f"{PAGE}/pull/27396")
    assert build.event == event


@pytest.mark.parametrize(
    ("event", "name", "path"),
    [
        ("push", "v1.2.3", ".github/workflows/ci.yml"),
        ("push", "1.2.3-rc.1", ".github/workflows/ci.yml"),
        ("push", "v2.0", ".github/workflows/ci.yml"),
        ("push", "@scope/pkg@1.2.3", ".github/workflows/ci.yml"),
        ("release", "spring-release", ".github/workflows/ci.yml"),
        ("push", "nightly", ".github/workflows/ci.yml@refs/tags/nightly"),
        ("push", "refs/tags/nightly", ".github/workflows/ci.yml"),
    ],
)
def test_a_tag_is_no_branch(server: Server, github: GitHub, event: str, name: str, path: str) -> None:
    build = fetched(server, github, run(event=event, head_branch=name, path=path), [job()])
    assert (build.branch, build.tag) == (None, name.removeprefix("refs/tags/"))


@pytest.mark.parametrize(
    ("event", "name", "path"),
    [
        ("push", "3.11", ".github/workflows/ci.yml"),
        ("push", "release/1.2.3", ".github/workflows/ci.yml"),
        ("push", "v2", ".github/workflows/ci.yml"),
        ("push", "1.x", ".github/workflows/ci.yml"),
        ("push", "v1.2.3", ".github/workflows/ci.yml@refs/heads/v1.2.3"),
        ("pull_request", "v1.2.3", ".github/workflows/ci.yml"),
        ("schedule", "main", ".github/workflows/ci.yml"),
    ],
)
def test_a_branch_is_no_tag(server: Server, github: GitHub, event: str, name: str, path: str) -> None:
    build = fetched(server, github, run(event=event, head_branch=name, path=path), [job()])
    assert (build.branch, build.tag) == (name, None)


@pytest.mark.parametrize(
    ("event", "trigger"),
    [
        ("push", "push"),
        ("schedule", "cron"),
        ("workflow_dispatch", "api"),
        ("repository_dispatch", "api"),
        ("merge_group", "merge_queue"),
        ("issue_comment", "issue_comment"),
        ("dynamic", "dynamic"),
        (None, None),
    ],
)
def test_why_a_run_ran(server: Server, github: GitHub, event: str | None, trigger: str | None) -> None:
    build = fetched(server, github, run(event=event), [job()])
    assert (build.trigger, build.event) == (trigger, event)


def test_a_run_says_who_wrote_what(server: Server, github: GitHub) -> None:
    build = fetched(server, github, run(), [job()])
    assert (build.message, build.author, build.title) == ("Make it work", "Mona", "Make it work")
    assert (build.repo_id, build.code_host) == ("42", "github.com")
    bare = run(head_commit=None, display_title=None, head_branch=None, actor=None, triggering_actor=None)
    build = fetched(server, github, bare, [job()])
    assert (build.message, build.author, build.title, build.branch, build.actor) == (None,) * 5
