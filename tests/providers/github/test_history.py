"""Whole histories: what still runs, what is older than a run, and the repos of an owner."""

from __future__ import annotations

from typing import Any

import pytest

from buildtimetrend.errors import PermanentError
from buildtimetrend.model import BuildRef
from buildtimetrend.providers.base import Latest, Period
from buildtimetrend.providers.github import GitHub
from buildtimetrend.providers.github.provider import BEGIN
from tests.providers.github.answers import REPO, RUNS, run
from tests.providers.server import Asked, Reply, Server

MANY = 350


def runs() -> list[dict[str, Any]]:
    """A run a minute, the newest of which still runs."""
    made = [
        run(9000 + n, n, created_at=f"2026-03-01T{n // 60:02}:{n % 60:02}:00Z") for n in range(MANY, 0, -1)
    ]
    made[0] |= {"status": "in_progress", "conclusion": None}
    return made


def listing(asked: Asked) -> Reply:
    first, _, last = asked.query.get("created", "2000..3000").partition("..")
    found = [each for each in runs() if first <= each["created_at"] <= last]
    page = int(asked.query["page"])
    return Reply({"total_count": len(found), "workflow_runs": found[(page - 1) * 100 : page * 100]})


def fragile(asked: Asked) -> Reply:
    if int(asked.query["per_page"]) > 80:
        return Reply(b"<html>Bad gateway", 502)
    page, size = int(asked.query["page"]), int(asked.query["per_page"])
    return Reply({"total_count": MANY, "workflow_runs": runs()[(page - 1) * size : page * size]})


def ids(refs: Any) -> list[int]:
    return [int(ref.id) - 9000 for ref in refs]


def test_a_run_in_progress_is_listed_where_it_is_asked_for(server: Server, github: GitHub) -> None:
    server.routes[RUNS] = listing
    assert ids(github.select(REPO, Latest(2))) == [MANY - 1, MANY - 2]
    assert ids(github.select(REPO, Latest(2, running=True))) == [MANY, MANY - 1]


def test_a_page_at_which_github_fails_is_read_in_parts(server: Server, github: GitHub) -> None:
    server.routes[RUNS] = fragile
    assert ids(github.select(REPO, Latest(1000, running=True))) == list(range(MANY, 0, -1))


@pytest.mark.parametrize("selection", [Latest(1000), Period(BEGIN, BEGIN.replace(year=2027))])
def test_after_a_run_only_what_is_as_old_is_asked_for(
    server: Server, github: GitHub, selection: Latest | Period
) -> None:
    server.routes[RUNS] = listing
    server.routes[f"{RUNS}/9050"] = Reply(run(9050, 50, created_at="2026-03-01T00:50:00Z"))
    last = BuildRef("github", github.instance, REPO, "9050", "50", 1)
    assert ids(github.select_after(REPO, selection, last)) == list(range(50, 0, -1))
    assert len(server.asked) == 2


def test_after_a_run_that_is_gone_all_are_asked_for(server: Server, github: GitHub) -> None:
    server.routes[RUNS] = listing
    last = BuildRef("github", github.instance, REPO, "9050", "50", 1)
    assert ids(github.select_after(REPO, Latest(3), last)) == [MANY - 1, MANY - 2, MANY - 3]


def repos(*names: str) -> Any:
    def page(asked: Asked) -> Reply:
        found = [{"id": place, "full_name": name} for place, name in enumerate(names)]
        start = (int(asked.query["page"]) - 1) * int(asked.query["per_page"])
        return Reply(found[start : start + int(asked.query["per_page"])])

    return page


def test_the_repos_of_an_organisation_are_listed_to_their_end(server: Server, github: GitHub) -> None:
    names = [f"octo-org/repo-{n}" for n in range(230)]
    server.routes["/orgs/octo-org/repos"] = repos(*names)
    assert list(github.repos("octo-org")) == names
    assert list(github.repos("https://github.com/orgs/octo-org")) == names


def test_the_repos_of_a_person_are_found_where_there_is_no_such_organisation(
    server: Server, github: GitHub
) -> None:
    server.routes["/users/mona/repos"] = repos("mona/spoon")
    assert list(github.repos("mona")) == ["mona/spoon"]


@pytest.mark.parametrize("owner", ["", "..", "a b", "octo/../x?y"])
def test_a_name_that_no_owner_can_have_is_refused_unasked(server: Server, github: GitHub, owner: str) -> None:
    with pytest.raises(PermanentError, match="is no name of a GitHub organisation or user"):
        list(github.repos(owner))
    assert server.asked == []


def test_an_owner_that_github_does_not_know_is_said(server: Server, github: GitHub) -> None:
    with pytest.raises(PermanentError, match="knows no organisation or user nobody") as error:
        list(github.repos("nobody"))
    assert error.value.detail == "repo"
