"""Whole histories: what still runs, what is older than a pipeline, and the projects of a group."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from buildtimetrend.errors import PermanentError
from buildtimetrend.model import BuildRef
from buildtimetrend.providers.base import Latest, Period
from buildtimetrend.providers.gitlab import GitLab
from tests.providers.gitlab.answers import LIST, REPO, at, pages, pipeline
from tests.providers.server import Asked, Reply, Server

MANY = 1000


def pipelines() -> list[dict[str, Any]]:
    """One a minute, the newest of which still runs."""
    made = [
        pipeline(5000 + 3 * n, n, created_at=at(60 * n), updated_at=at(60 * n + 30))
        for n in range(MANY, 0, -1)
    ]
    made[0]["status"] = "running"
    return made


def numbers(refs: Any) -> list[int]:
    return [int(ref.number) for ref in refs]


def test_a_pipeline_that_runs_is_listed_where_it_is_asked_for(server: Server, gitlab: GitLab) -> None:
    server.routes[LIST] = pages(pipelines())
    assert numbers(gitlab.select(REPO, Latest(2))) == [MANY - 1, MANY - 2]
    assert numbers(gitlab.select(REPO, Latest(2, running=True))) == [MANY, MANY - 1]


@pytest.mark.parametrize(
    ("selection", "found"),
    [
        (Latest(5000), list(range(249, 0, -1))),
        (
            Period(datetime.fromisoformat(at(60 * 101)), datetime(2027, 1, 1, tzinfo=UTC)),
            list(range(249, 100, -1)),
        ),
    ],
)
def test_after_a_pipeline_only_older_pages_are_asked_for(
    server: Server, gitlab: GitLab, selection: Latest | Period, found: list[int]
) -> None:
    server.routes[LIST] = pages(pipelines())
    last = BuildRef("gitlab", gitlab.instance, REPO, str(5000 + 3 * 250), "250")
    assert numbers(gitlab.select_after(REPO, selection, last)) == found
    assert len(server.asked) <= 7  # ten pages are all


def projects(*names: str) -> Any:
    def page(asked: Asked) -> Reply:
        found = [{"id": place, "path_with_namespace": name} for place, name in enumerate(names)]
        start = (int(asked.query.get("page", 1)) - 1) * 100
        return Reply(found[start : start + 100])

    return page


def test_the_projects_of_a_group_and_of_those_in_it_are_listed(server: Server, gitlab: GitLab) -> None:
    names = [f"group/sub/project-{n}" for n in range(150)]
    server.routes["/api/v4/groups/group%2Fsub/projects"] = projects(*names)
    assert list(gitlab.repos("group/sub")) == names
    assert server.asked[0].query["include_subgroups"] == "true"
    assert list(gitlab.repos("https://gitlab.com/groups/group/sub")) == names


def test_a_project_that_two_pages_have_is_one(server: Server, gitlab: GitLab) -> None:
    """One that was made meanwhile moves all others; paths differ in more than case."""
    names = [f"group/project-{n}" for n in range(100)]
    server.routes["/api/v4/groups/group/projects"] = projects(*names, names[-1], names[-2].upper(), "group/x")
    assert list(gitlab.repos("group")) == [*names, "group/x"]


def test_the_projects_of_a_person_are_found_where_there_is_no_such_group(
    server: Server, gitlab: GitLab
) -> None:
    server.routes["/api/v4/users/mona/projects"] = projects("mona/spoon")
    assert list(gitlab.repos("mona")) == ["mona/spoon"]


@pytest.mark.parametrize("owner", ["", "..", "a b", "../x"])
def test_a_name_that_no_group_can_have_is_refused_unasked(server: Server, gitlab: GitLab, owner: str) -> None:
    with pytest.raises(PermanentError, match="is no name of a GitLab group or user"):
        list(gitlab.repos(owner))
    assert server.asked == []


def test_a_group_that_gitlab_does_not_know_is_said(server: Server, gitlab: GitLab) -> None:
    with pytest.raises(PermanentError, match="knows no group or user nobody") as error:
        list(gitlab.repos("nobody"))
    assert error.value.detail == "repo"
