"""Names are no keys: parallel and matrix jobs, and what a job needs."""

from __future__ import annotations

import pytest

from buildtimetrend.errors import TemporaryError
from buildtimetrend.providers.fields import Fields
from buildtimetrend.providers.gitlab import GitLab
from buildtimetrend.providers.gitlab.graph import Graph
from buildtimetrend.providers.gitlab.jobs import jobs_of as read_jobs
from buildtimetrend.providers.gitlab.names import named
from tests.providers.gitlab.answers import (
    LIST,
    at,
    bridge,
    fetched,
    instant,
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


@pytest.mark.parametrize("told", [None, {"id": "gid://gitlab/Ci::Pipeline/1"}, {"id": 7}])
def test_a_pipeline_that_graphql_does_not_know_costs_no_other_its_needs(
    server: Server, gitlab: GitLab, told: object
) -> None:
    serve(server, whole(), [job(1), job(2, "test")])
    server.routes["/api/graphql"] = Reply({"data": {"project": {"pipeline": told}}})
    assert [each.needs for each in fetched(gitlab).jobs] == [None, None]
    serve_graph(server, node(1, "build"), node(2, "test", "build"))
    assert fetched(gitlab).jobs[1].needs == ("1",)


def test_many_jobs_that_need_all_of_one_definition_are_told_each() -> None:
    """Of 41 names 40 are of no job: compared one by one with all, they would take minutes."""
    tests = [f"test {n}/400" for n in range(1, 401)]
    others = [f"deploy {n}" for n in range(1, 201)]
    names = [*tests, *others]
    told = [Fields(job(n, name)) for n, name in enumerate(names, 1)]
    needs = {name: ("test", *(f"gone {n}" for n in range(40))) for name in others}
    graph = Graph({name: needs.get(name, ()) for name in names}, frozenset(), None, None)
    jobs = {each.id: each for each in read_jobs(told, (), graph, ended=True)}
    assert jobs["401"].needs == jobs["600"].needs == tuple(str(n) for n in range(1, 401))
    assert jobs["1"].needs == ()


def test_a_job_without_needs_waited_for_a_person_since_the_last_end_of_another_stage() -> None:
    told = [
        job(1, "a", stage="one", finished_at=at(100)),
        job(2, "b", stage="two", finished_at=at(200)),
        job(3, "c", stage="two", finished_at=at(300)),
        job(4, "gate", stage="two", started_at=at(402), queued_duration=2, finished_at=at(500)),
        job(5, "late", stage="one", finished_at=at(900)),
        job(6, "first", stage="one", started_at=at(50), queued_duration=0, finished_at=at(60)),
    ]
    graph = Graph({}, frozenset({"4", "6"}), None, None)
    jobs = {each.id: each for each in read_jobs(map(Fields, told), (), graph, ended=True)}
    assert (jobs["4"].blocked_at, jobs["4"].unblocked_at) == (instant(100), instant(400))
    assert (jobs["6"].blocked_at, jobs["6"].unblocked_at) == (None, instant(50))


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
