"""A pipeline is a workflow's file; names come and go."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from buildtimetrend.providers.github import GitHub
from tests.providers.github.answers import PAGE, REPO, RUNS, fetched, job, run
from tests.providers.server import Reply, Server


def file(server: Server, text: str, path: str = ".github/workflows/ci.yml", repo: str = REPO) -> None:
    content = base64.encodebytes(text.encode()).decode()
    server.routes[f"/repos/{repo}/contents/{path}"] = Reply({"sha": f"{hash(text):x}", "content": content})


@pytest.mark.parametrize(
    ("path", "key"),
    [
        (".github/workflows/ci.yml", ".github/workflows/ci.yml"),
        (".github/workflows/ci.yaml@refs/heads/main", ".github/workflows/ci.yaml"),
        (".github/workflows/ci.yml@refs/pull/7/merge", ".github/workflows/ci.yml"),
        (".github/workflows/a@b.yml@refs/heads/x@y.yml", ".github/workflows/a@b.yml"),
        (f"{REPO}/.github/workflows/ci.yml@main", ".github/workflows/ci.yml"),
        (
            "octo-org/rules/.github/workflows/must.yml@refs/heads/main",
            "octo-org/rules/.github/workflows/must.yml",
        ),
        ("dynamic/dependabot/dependabot-updates", "dynamic/dependabot/dependabot-updates"),
        ("dynamic/pages/pages-build-deployment@main", "dynamic/pages/pages-build-deployment"),
        ("", "77"),
        (None, "77"),
    ],
)
def test_the_key_is_the_file_or_what_stands_for_it(
    server: Server, github: GitHub, path: str | None, key: str
) -> None:
    assert fetched(server, github, run(path=path), [job()]).pipeline == key


def test_two_files_of_one_name_are_two_pipelines(server: Server, github: GitHub) -> None:
    one = fetched(server, github, run(1, path=".github/workflows/a.yml", name="Tests"), [job()])
    two = fetched(server, github, run(2, path=".github/workflows/b.yml", name="Tests"), [job()])
    assert one.pipeline != two.pipeline
    assert one.number == two.number


@pytest.mark.parametrize("name", ["Deploy 1.2.3 by @octocat", ""])
def test_the_name_of_a_run_is_not_the_workflow_s(server: Server, github: GitHub, name: str) -> None:
    told = run(name=name, display_title=name)
    assert fetched(server, github, told, [job(workflow_name="Deploy")]).pipeline_name == "Deploy"
    file(server, "name: Deploy things\njobs: {build: {runs-on: x}}")
    assert fetched(server, github, told, [job(workflow_name=None)]).pipeline_name == "Deploy things"


def test_where_no_job_says_its_name_the_workflow_is_asked_for_once(server: Server, github: GitHub) -> None:
    server.routes[f"/repos/{REPO}/actions/workflows/77"] = Reply({"id": 77, "name": "Deploy"})
    for id in (1, 2):
        assert (
            fetched(server, github, run(id, name="free"), [job(workflow_name=None)]).pipeline_name == "Deploy"
        )
    assert server.paths().count(f"/repos/{REPO}/actions/workflows/77") == 1


@pytest.mark.parametrize(("status", "name"), [(200, "Dependabot Updates"), (404, "pip in / - Update #7")])
def test_what_has_no_file_is_called_as_the_api_calls_its_workflow(
    server: Server, github: GitHub, status: int, name: str
) -> None:
    workflow = {"id": 77, "name": "Dependabot Updates"}
    server.routes[f"/repos/{REPO}/actions/workflows/77"] = Reply(workflow, status)
    told = run(name="pip in / - Update #7", path="dynamic/dependabot/dependabot-updates")
    build = fetched(server, github, told, [job(workflow_name="pip in / - Update #7")])
    assert (build.pipeline, build.pipeline_name) == ("dynamic/dependabot/dependabot-updates", name)


def test_a_workflow_that_was_deleted_has_no_name_and_keeps_its_builds(server: Server, github: GitHub) -> None:
    build = fetched(server, github, run(name="free"), [job(workflow_name=None)])
    assert (build.pipeline, build.pipeline_name) == (".github/workflows/ci.yml", None)


def test_a_workflow_without_a_name_is_called_by_its_file(server: Server, github: GitHub) -> None:
    told = run(path=".github/workflows/ci.yml")
    build = fetched(server, github, told, [job(workflow_name=".github/workflows/ci.yml")])
    assert build.pipeline_name is None


@pytest.mark.parametrize(
    ("path", "page"),
    [
        (".github/workflows/ci.yml", f"{PAGE}/actions/workflows/ci.yml"),
        ("dynamic/pages/pages-build-deployment", f"{PAGE}/actions/workflows/pages/pages-build-deployment"),
        ("octo-org/rules/.github/workflows/must.yml", None),
    ],
)
def test_the_page_of_a_workflow(server: Server, github: GitHub, path: str, page: str | None) -> None:
    assert fetched(server, github, run(path=path), [job()]).pipeline_url == page


def test_a_required_workflow_is_read_in_its_own_repo(server: Server, github: GitHub) -> None:
    file(server, "jobs: {a: {}, b: {needs: a}}", ".github/workflows/must.yml", "octo-org/rules")
    told = run(path="octo-org/rules/.github/workflows/must.yml@refs/heads/main")
    build = fetched(server, github, told, [job(1, "a"), job(2, "b")])
    assert [each.needs for each in build.jobs] == [(), ("1",)]
    [asked] = [each for each in server.asked if each.path.startswith("/repos/octo-org/rules/")]
    assert asked.query == {"ref": "refs/heads/main"}


def test_numbers_of_an_import_are_those_of_any_workflow(server: Server, github: GitHub) -> None:
    from buildtimetrend.providers.base import Numbers
    from tests.providers.github.answers import paged

    runs: list[dict[str, Any]] = [
        run(id, number, path=f".github/workflows/{file}.yml")
        for id, number, file in [
            (10**9 + 4, 12, "a"),
            (10**9 + 3, 3, "b"),
            (10**9 + 2, 11, "a"),
            (10**9, 2, "b"),
        ]
    ]
    server.routes[RUNS] = paged("workflow_runs", runs)
    assert [ref.id for ref in github.select(REPO, Numbers(3, 11))] == ["1000000003", "1000000002"]
    by_id = github.select(REPO, Numbers(10**9 + 2, 10**9 + 3))
    assert [ref.number for ref in by_id] == ["3", "11"]
