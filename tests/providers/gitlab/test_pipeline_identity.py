"""Which pipeline a build is of: names that vary make none, a child is known by its bridge."""

from __future__ import annotations

import re
from typing import Any

import pytest

from buildtimetrend.model import LogState
from buildtimetrend.providers.base import Latest, Numbers, Period, Received
from buildtimetrend.providers.gitlab import GitLab
from tests.providers.gitlab.answers import (
    LIST,
    REPO,
    SHA,
    bridge,
    fetched,
    instant,
    job,
    pages,
    pipeline,
    serve,
    serve_graph,
    whole,
)
from tests.providers.server import Server


def test_a_build_says_what_its_pipeline_says(server: Server, gitlab: GitLab) -> None:
    serve(server, whole(), [job()])
    build = fetched(gitlab)
    assert (build.provider, build.instance, build.repo, build.id) == ("gitlab", server.url, REPO, "900")
    assert (build.number, build.attempt, build.repo_id) == ("9", 1, "42")
    assert (build.code_host, build.url) == ("git.example", f"https://git.example/{REPO}/-/pipelines/900")
    assert (build.branch, build.tag, build.commit) == ("main", None, SHA)
    assert (build.message, build.author, build.actor) == ("Make it work\n", "Mona L.", "mona")
    assert (build.trigger, build.event, build.parent_id) == ("push", "push", None)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        (None, "push"),
        ("", "push"),
        ("Ruby checks", "Ruby checks"),
        ("Merge request pipeline", "Merge request pipeline"),
        ("Nightly 2.0", "Nightly 2.0"),
        ("Pipeline for main", "push"),
        ("push pipeline", "push"),
        (f"Build of {SHA}", "push"),
        (f"Build of {SHA[:8]}", "push"),
        ("Make it work", "push"),
        ("by mona", "push"),
        ("Deploy of 2026-03-01", "push"),
        ("Run 4711", "push"),
        ("Run 9", "push"),
        ("of Mona L.", "push"),
        ("$CI_COMMIT_REF_NAME", "push"),
        ("for ${BRANCH}", "push"),
    ],
)
def test_a_name_that_varies_makes_no_pipeline(server: Server, gitlab: GitLab, name: Any, key: str) -> None:
    serve(server, whole(name=name), [job()])
    build = fetched(gitlab)
    assert build.pipeline == key
    assert build.title == (name or None)


def test_eight_builds_with_their_branch_in_the_name_are_one_pipeline(server: Server, gitlab: GitLab) -> None:
    keys = set()
    refs = ["main", "develop", "feature/Login", "fix-7", "v2", "a.b_c", "qa", "rc/1.2"]
    for number, ref in enumerate(refs, 1):
        slug = (
            ref.rpartition("/")[2]
            if number > 7
            else ref
            if number % 2
            else re.sub("[^a-z0-9]", "-", ref.lower())
        )
        serve(server, whole(id=number, iid=number, ref=ref, name=f"Pipeline for {slug}"), [job(id=number)])
        keys.add(fetched(gitlab, number).pipeline)
    assert keys == {"push"}


@pytest.mark.parametrize("source", ["push", "schedule", "merge_request_event", "web", "api", "trigger"])
def test_without_a_name_what_started_it_is_the_pipeline(server: Server, gitlab: GitLab, source: str) -> None:
    serve(server, whole(source=source), [job()])
    assert fetched(gitlab).pipeline == source


def test_of_an_old_server_nothing_may_be_known_of_that(server: Server, gitlab: GitLab) -> None:
    told = whole()
    del told["source"], told["iid"], told["name"]
    serve(server, told, [job()])
    build = fetched(gitlab)
    assert (build.pipeline, build.trigger, build.number) == ("", None, "900")


CHILD: dict[str, Any] = {"id": 901, "iid": 10, "source": "parent_pipeline"}


def test_a_child_is_known_by_the_bridge_that_starts_it(server: Server, gitlab: GitLab) -> None:
    serve(server, whole(), [job()], [bridge(2, "deploy: eu", pipeline(**CHILD))])
    serve(server, whole(**CHILD), [job(11)])
    server.routes[LIST] = pages([pipeline(), pipeline(**CHILD)])
    build = fetched(gitlab, 901)
    assert (build.pipeline, build.parent_id, build.parent_repo) == ("deploy: eu", "900", None)
    assert fetched(gitlab, 900).parent_id is None


def test_bridges_that_were_read_for_a_child_are_read_anew_for_their_pipeline(
    server: Server, gitlab: GitLab
) -> None:
    """The child ended before its parent, whose bridge still ran."""
    running = bridge(2, "deploy", pipeline(**CHILD), status="running", finished_at=None)
    serve(server, whole(), [job()], [running])
    serve(server, whole(**CHILD), [job(11)])
    server.routes[LIST] = pages([pipeline(), pipeline(**CHILD)])
    assert fetched(gitlab, 901).parent_id == "900"
    ended = [bridge(2, "deploy", pipeline(**CHILD)), bridge(3, "another", None)]
    serve(server, whole(), [job()], ended)
    assert {each.name: each.raw_result for each in fetched(gitlab, 900).jobs} == {
        "build": "success",
        "deploy": "success",
        "another": "success",
    }


def test_a_parent_that_no_list_had_lately_is_found_among_all_of_its_commit(
    server: Server, gitlab: GitLab
) -> None:
    """Another pipeline of that commit was listed, and is not the one."""
    server.routes[LIST] = pages([pipeline(899, 8)])
    assert [ref.id for ref in gitlab.select(REPO, Latest(5))] == ["899"]
    server.routes[LIST] = pages([pipeline(), pipeline(899, 8)])
    serve(server, whole(id=899), [job()])
    serve(server, whole(), [job()], [bridge(2, "deploy", pipeline(**CHILD))])
    serve(server, whole(**CHILD), [job(11)])
    build = fetched(gitlab, 901)
    assert (build.pipeline, build.parent_id) == ("deploy", "900")


def test_a_bridge_has_no_log_and_lacks_none(server: Server, gitlab: GitLab) -> None:
    serve(server, whole(), [job()], [bridge(2, "deploy")])
    build = fetched(gitlab)
    assert [each.log for each in build.jobs] == [LogState.UNREAD, LogState.UNNEEDED]
    assert gitlab.log(build, build.jobs[1]) is None


def test_a_parent_that_was_fetched_first_told_of_its_child(server: Server, gitlab: GitLab) -> None:
    serve(server, whole(), [job()], [bridge(2, "child", pipeline(**CHILD))])
    serve(server, whole(**CHILD), [job(11)])
    assert [found.name for found in fetched(gitlab, 900).jobs] == ["build", "child"]
    before = len(server.asked)
    build = fetched(gitlab, 901)
    assert (build.pipeline, build.parent_id) == ("child", "900")
    assert len(server.asked) - before <= 3


def test_a_webhook_names_the_parent(server: Server, gitlab: GitLab) -> None:
    body = b"""{"object_kind": "pipeline", "object_attributes": {"id": 901, "iid": 10, "status": "success",
      "source": "parent_pipeline"}, "project": {"path_with_namespace": "group/sub/project"},
      "source_pipeline": {"project": {"path_with_namespace": "group/sub/project"},
      "job_id": 2, "pipeline_id": 900}}"""
    gitlab.receive(Received({"x-gitlab-token": "s3cret"}, body))
    serve(server, whole(), [job()], [bridge(2, "child", pipeline(**CHILD))])
    serve(server, whole(**CHILD), [job(11)])
    build = fetched(gitlab, 901)
    assert (build.pipeline, build.parent_id) == ("child", "900")


def test_a_pipeline_of_another_project_has_that_ones_parent(server: Server, gitlab: GitLab) -> None:
    serve(server, whole(source="pipeline"), [job()])
    serve_graph(
        server,
        upstream={"id": "gid://gitlab/Ci::Pipeline/77", "project": {"fullPath": "group/other"}},
        sourceJob={"id": "gid://gitlab/Ci::Bridge/5", "name": "trigger it"},
    )
    build = fetched(gitlab)
    assert (build.parent_id, build.parent_repo, build.pipeline) == ("77", "group/other", "pipeline")


def test_children_are_listed_among_the_others(server: Server, gitlab: GitLab) -> None:
    server.routes[LIST] = pages(
        [
            pipeline(905, 14),
            pipeline(904, 13, source="parent_pipeline"),
            pipeline(903, 12),
            pipeline(901, 10, source="parent_pipeline"),
        ]
    )
    assert [ref.number for ref in gitlab.select(REPO, Latest(10))] == ["14", "13", "12", "10"]
    numbers = gitlab.select(REPO, Numbers(10, 13))
    assert [ref.number for ref in numbers] == ["13", "12", "10"]


def test_the_first_child_of_a_project_is_listed_at_once(server: Server, gitlab: GitLab) -> None:
    """That it had none a moment ago, or none that changed lately, says nothing."""
    server.routes[LIST] = pages([pipeline()])
    lately = Period(instant(0), instant(10_000))
    for selection in (Latest(5), lately, Numbers(9, 10)):
        assert [ref.number for ref in gitlab.select(REPO, selection)] == ["9"]
    server.routes[LIST] = pages([pipeline(**CHILD), pipeline()])
    for selection in (Latest(5), lately, Numbers(9, 10)):
        assert {ref.number for ref in gitlab.select(REPO, selection)} == {"10", "9"}


def test_a_renamed_project_is_called_as_its_pages_are(server: Server, gitlab: GitLab) -> None:
    serve(server, whole(web_url="https://git.example/group/new-name/-/pipelines/900"), [job()])
    assert fetched(gitlab).repo == "group/new-name"
