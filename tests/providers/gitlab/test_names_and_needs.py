"""Names are no keys: parallel and matrix jobs, and what a job needs."""

from __future__ import annotations

import pytest

from buildtimetrend.errors import TemporaryError
from buildtimetrend.providers.gitlab import GitLab
from buildtimetrend.providers.gitlab.names import named
from tests.providers.gitlab.answers import (
    LIST,
    at,
    bridge,
    fetched,
    job,
    jobs_of,
    node,
    pipeline,
    serve,
    serve_graph,
    whole,
)
from tests.providers.server import Reply, Server


@pytest.mark.parametrize(
    ("shown", "name", "summary", "values"),
    [
        ("test", "test", "", {}),
        ("test 1/3", "test", "1/3", {"1": "1/3"}),
        ("rspec unit 12/24", "rspec unit", "12/24", {"1": "12/24"}),
        ("deploy: [aws, monitoring]", "deploy", "aws, monitoring", {"1": "aws", "2": "monitoring"}),
        ("a: b: [x]", "a: b", "x", {"1": "x"}),
        ("build / lint", "build / lint", "", {}),
        ("test 4/3", "test 4/3", "", {}),
        ("ratio 0/3", "ratio 0/3", "", {}),
        ("1/3", "1/3", "", {}),
        ("list [a]", "list [a]", "", {}),
        ("empty: []", "empty: []", "", {}),
    ],
)
def test_what_a_shown_name_says(shown: str, name: str, summary: str, values: dict[str, str]) -> None:
    found, matrix = named(shown)
    assert (found, matrix.summary, matrix.values) == (name, summary, values)


def test_needs_are_ids_of_jobs(server: Server, gitlab: GitLab) -> None:
    jobs = [
        job(1, "build"),
        job(2, "test 1/2"),
        job(3, "test 2/2"),
        job(4, "deploy"),
        job(5, "lint"),
        job(6, "now"),
    ]
    serve(server, whole(), jobs)
    serve_graph(
        server,
        node(1, "build"),
        node(2, "test 1/2", "build"),
        node(3, "test 2/2", "build"),
        node(4, "deploy", "test 1/2", "test 2/2"),
        node(5, "lint", "gone"),
        node(6, "now", schedulingType="dag"),
    )
    found = {key: each.needs for key, each in jobs_of(fetched(gitlab)).items()}
    assert found == {"1": None, "2": ("1",), "3": ("1",), "4": ("2", "3"), "5": (), "6": ()}


def test_of_a_job_that_was_run_again_the_last_is_needed(server: Server, gitlab: GitLab) -> None:
    serve(server, whole(), [job(1, "build", status="failed"), job(3, "build"), job(2, "test")])
    serve_graph(server, node(3, "build"), node(2, "test", "build"))
    assert jobs_of(fetched(gitlab))["2"].needs == ("3",)


def test_a_name_without_its_number_means_all_of_that_definition(server: Server, gitlab: GitLab) -> None:
    serve(server, whole(), [job(1, "test 1/2"), job(2, "test 2/2"), job(3, "deploy")])
    serve_graph(server, node(1, "test 1/2"), node(2, "test 2/2"), node(3, "deploy", "test"))
    assert jobs_of(fetched(gitlab))["3"].needs == ("1", "2")


@pytest.mark.parametrize(
    "answer",
    [
        Reply({"errors": [{"message": "Field 'manualJob' doesn't exist on type 'CiJob'"}]}),
        Reply({"data": {"project": None}}),
        Reply({"data": {"project": {"pipeline": {"id": "gid://gitlab/Ci::Pipeline/1"}}}}),
        Reply({}, 404),
        Reply({}, 401),
        Reply(b"<html>sign in</html>", 200),
        Reply(b"<html>no POST here</html>", 501),
        Reply([], 200),
    ],
)
def test_where_graphql_does_not_answer_nothing_is_said_of_needs(
    server: Server, gitlab: GitLab, answer: Reply
) -> None:
    serve(server, whole(), [job(1), job(2, "test")], [bridge(3, "child", pipeline(901))])
    server.routes["/api/graphql"] = answer
    build = fetched(gitlab)
    assert [each.needs for each in build.jobs] == [None, None, None]
    fetched(gitlab)
    assert server.paths().count("/api/graphql") == 1, "for a while it is left alone"


@pytest.mark.parametrize(("before", "tries"), [(True, 6), (False, 2)])
def test_a_fault_of_graphql_is_tried_again_but_not_for_ever(
    server: Server, gitlab: GitLab, before: bool, tries: int
) -> None:
    serve(server, whole(), [job(1), job(2, "test")])
    if before:
        serve_graph(server, node(1, "build"), node(2, "test", "build"))
        assert fetched(gitlab).jobs[1].needs == ("1",)
    server.routes["/api/graphql"] = Reply(b"", 502)
    for _ in range(tries - 1):
        with pytest.raises(TemporaryError, match="502"):
            fetched(gitlab)
    assert fetched(gitlab).jobs[1].needs is None


def test_graphql_tells_of_bridges_too(server: Server, gitlab: GitLab) -> None:
    serve(server, whole(), [job(1)])
    serve_graph(
        server,
        node(1, "build"),
        node(
            2,
            "child",
            "build",
            kind="Bridge",
            status="FAILED",
            allowFailure=True,
            startedAt=at(600),
            finishedAt=at(700),
            stage={"name": "deploy"},
            downstreamPipeline={"id": "gid://gitlab/Ci::Pipeline/901"},
        ),
    )
    build = fetched(gitlab)
    child = build.jobs[1]
    assert (child.name, child.stage, child.raw_result, child.allow_failure) == (
        "child",
        "deploy",
        "failed",
        True,
    )
    assert (child.needs, child.duration) == (("1",), 100.0)
    assert f"{LIST}/900/bridges" not in server.paths()
    assert gitlab.log(build, child) is None
