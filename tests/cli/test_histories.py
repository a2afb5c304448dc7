"""Whole histories by one command: of a repo, and of all repos of an owner, from the simulated GitHub."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from buildtimetrend.demo.organisation import GITHUB
from buildtimetrend.demo.runs.history import RunHistory
from buildtimetrend.demo.server import TOKEN, SimulatedGitHub
from buildtimetrend.findings.outcomes.ended_builds import outcomes
from buildtimetrend.findings.outcomes.flaky import flaky_findings
from buildtimetrend.model import Query
from buildtimetrend.store import open_store, reads
from tests.cli.conftest import NOW, Run

BOXES, ENGINE = "simulated/boxes", "simulated/engine"
BEFORE_ALL = datetime.fromtimestamp(NOW, UTC) - timedelta(days=400)
DAY = f"{BEFORE_ALL:%Y-%m-%d}"


@pytest.fixture(scope="module")
def github() -> Iterator[SimulatedGitHub]:
    with SimulatedGitHub(RunHistory(GITHUB, now=NOW)) as running:
        yield running


@pytest.fixture
def environment(github: SimulatedGitHub) -> dict[str, str]:
    return {"BTT_GITHUB_API_URL": github.url, "BTT_GITHUB_TOKEN": TOKEN, "BTT_SWEEP_INTERVAL": "0"}


def attempts(github: SimulatedGitHub, slug: str) -> set[tuple[str, str, int]]:
    return {(slug, str(each.id), each.attempt) for each in github.history.expected(slug)}


def stored() -> set[tuple[str, str, int]]:
    with closing(open_store(os.environ["BTT_STORE_URL"])) as store:
        found = store.select("SELECT slug, build_id, attempt FROM build JOIN repo ON repo.id = build.repo_id")
    return set(zip(found["slug"], found["build_id"], found["attempt"], strict=True))  # type: ignore[arg-type]


def flaky_jobs(slug: str) -> list[list[str]]:
    """Of each finding that jobs are flaky, in what is stored."""
    query = Query(slug, BEFORE_ALL, BEFORE_ALL + timedelta(days=800), "week")
    with closing(open_store(os.environ["BTT_STORE_URL"])) as store:
        told = [
            flaky_findings(outcomes(store, query.filtered(pipeline=str(each.id))), each)
            for each in reads.pipelines(store, slug)
        ]
    return [finding.document["jobs"] for each in told for finding in each]


def test_all_builds_since_a_day_are_imported_however_many_there_are(
    run: Run, github: SimulatedGitHub, environment: dict[str, str]
) -> None:
    ran = run("import", "github", ENGINE, "--since", DAY, BTT_MULTI_MAX_BUILDS="10", **environment)
    assert ran.code == 0, ran.err
    expected = attempts(github, ENGINE)
    assert len(expected) > 200
    assert stored() == expected
    assert f"{len(expected)} builds imported, 0 could not be had." in ran.err
    assert "requests" in ran.err
    assert f"/dashboard/{ENGINE}?timeframe=year" in ran.err
    flaky = GITHUB.repositories[1].project.flaky
    assert flaky
    assert flaky_jobs(ENGINE) == [[flaky.job]]
    assert " of 15,000 left until " in ran.err


def test_the_latest_builds_are_as_many_as_were_asked_for_with_all_their_attempts(
    run: Run, github: SimulatedGitHub, environment: dict[str, str]
) -> None:
    ran = run("import", "github", ENGINE, "--latest", "120", BTT_MULTI_MAX_BUILDS="10", **environment)
    assert ran.code == 0, ran.err
    newest = sorted({int(id_) for _, id_, _ in attempts(github, ENGINE)})[-120:]
    assert stored() == {each for each in attempts(github, ENGINE) if int(each[1]) in newest}


def test_numbers_bring_the_runs_of_all_workflows_with_all_their_attempts(
    run: Run, github: SimulatedGitHub, environment: dict[str, str]
) -> None:
    ran = run("import", "github", ENGINE, "2", "6", BTT_MULTI_MAX_BUILDS="3", **environment)
    assert ran.code == 0, ran.err
    runs = [each for each in github.history.expected(ENGINE) if 2 <= int(each.number) <= 6]
    assert len({each.pipeline for each in runs}) > 3
    assert stored() == {(ENGINE, str(each.id), each.attempt) for each in runs}


def test_a_run_is_had_by_its_id_and_a_number_that_no_run_has_is_said(
    run: Run, github: SimulatedGitHub, environment: dict[str, str]
) -> None:
    one = next(github.history.expected(ENGINE))
    ran = run("import", "github", ENGINE, str(one.id), **environment)
    assert ran.code == 0, ran.err
    assert {id_ for _, id_, _ in stored()} == {str(one.id)}
    ran = run("import", "github", ENGINE, "999999", **environment)
    assert ran.code == 1
    assert f"has no builds 999999 of {ENGINE} that this service may see" in ran.err


@pytest.mark.parametrize("owner", [["simulated/*"], ["simulated", "--all"]])
def test_all_repos_of_an_owner_are_imported_but_for_those_that_are_left_out(
    run: Run, github: SimulatedGitHub, environment: dict[str, str], owner: list[str]
) -> None:
    ran = run("import", "github", *owner, "--since", DAY, "--exclude", "ENG*", **environment)
    assert ran.code == 0, ran.err
    assert "1 repo of simulated" in ran.err
    assert stored() == attempts(github, BOXES)


def test_of_an_owner_only_the_repos_of_a_pattern_are_imported(
    run: Run, github: SimulatedGitHub, environment: dict[str, str]
) -> None:
    ran = run("import", "github", "simulated/*", "--include", "simulated/b*", "--since", DAY, **environment)
    assert ran.code == 0, ran.err
    assert stored() == attempts(github, BOXES)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nobody/*"], "knows no organisation or user nobody"),
        (["simulated/*", "--include", "zzz*"], "None of the 2 repos of simulated is asked for"),
        (["simulated/*", "--since", "soon"], "that cannot be understood"),
        ([BOXES, "--include", "b*"], "--include and --exclude are of an owner's repos"),
        ([BOXES, "5", "--latest", "3"], "Give builds once"),
        ([BOXES, "--since", "90d", "--latest", "3"], "Give builds once"),
    ],
)
def test_what_cannot_be_meant_is_said_and_nothing_is_imported(
    run: Run, environment: dict[str, str], arguments: list[str], said: str
) -> None:
    ran = run("import", "github", *arguments, **environment)
    assert ran.code == 1
    assert said in ran.err
    with closing(open_store(os.environ["BTT_STORE_URL"])) as store:
        assert store.select("SELECT id FROM import")["id"] == []


def test_a_ci_that_cannot_list_an_owners_repos_says_so(run: Run) -> None:
    ran = run("import", "travis", "somebody/*")
    assert ran.code == 1
    assert "Travis CI cannot be asked for all repos of somebody." in ran.err
