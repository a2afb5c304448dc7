"""Contract: pipelines, code hosts, forks, and what CI systems tell of builds and jobs besides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from buildtimetrend.model import NEVER, Build, PullRequest, Result, Step, Worker
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.pipelines import pipeline_id
from tests.store.examples import CI, NS, at, build, column, job, step


def pipelines(store: Store) -> list[tuple[Any, ...]]:
    found = rows(store.select("SELECT key, name, url FROM pipeline ORDER BY key"))
    return [tuple(row.values()) for row in found]


def run(id: str, number: str, pipeline: str, start: float = 0, **fields: Any) -> Build:
    jobs = (job(f"{id}-1", start),)
    return build(id, start=start, number=number, pipeline=pipeline, jobs=jobs, **fields)


def test_builds_of_two_pipelines_with_one_number_are_two_builds(store: Store) -> None:
    store.save(run("1", "75", "tests.yml", pipeline_name="Tests")).result()
    store.save(run("2", "75", "lint.yml", pipeline_name="Lint")).result()
    assert pipelines(store) == [("lint.yml", "Lint", None), ("tests.yml", "Tests", None)]
    found = rows(reads.build(store, "travis", "ann/tool", "75"))
    assert [(row["build_id"], row["attempt"], row["pipeline"]) for row in found] == [
        ("1", 1, "tests.yml"),
        ("2", 1, "lint.yml"),
    ]


def test_jobs_say_which_pipeline_they_are_of(store: Store) -> None:
    store.save(run("1", "1", "tests.yml")).result()
    assert column(store, "SELECT pipeline FROM job") == [pipeline_id("travis", CI, "tests.yml")]


def test_a_pipeline_is_called_by_its_latest_name_and_stays_one(store: Store) -> None:
    store.save(run("2", "2", "ci.yml", 200, pipeline_name="Checks", pipeline_url="https://ci/2")).result()
    store.save(run("1", "1", "ci.yml", 100, pipeline_name="Tests")).result()
    assert pipelines(store) == [("ci.yml", "Checks", "https://ci/2")]
    store.save(run("3", "3", "ci.yml", 300, pipeline_name="All checks")).result()
    store.save(run("4", "4", "ci.yml", 400)).result()
    assert pipelines(store) == [("ci.yml", "All checks", "https://ci/2")]
    assert len(set(column(store, "SELECT pipeline FROM build"))) == 1


def test_two_pipelines_of_one_name_stay_two(store: Store) -> None:
    store.save(run("1", "1", "a.yml", pipeline_name="CI")).result()
    store.save(run("2", "1", "b.yml", pipeline_name="CI")).result()
    assert pipelines(store) == [("a.yml", "CI", None), ("b.yml", "CI", None)]


def test_one_key_at_two_instances_is_two_pipelines(store: Store) -> None:
    store.save(run("1", "1", "unit", instance="https://one.example")).result()
    store.save(run("1", "1", "unit", instance="https://two.example")).result()
    assert len(set(column(store, "SELECT id FROM pipeline"))) == 2


def test_one_slug_on_two_code_hosts_is_two_repos(store: Store) -> None:
    for number, host in enumerate(("github.com", "gitlab.example:8443", "GitHub.com"), 1):
        store.save(run(str(number), str(number), "ci", code_host=host)).result()
    assert column(store, "SELECT slug FROM repo ORDER BY id") == ["ann/tool", "gitlab.example:8443/ann/tool"]
    assert column(store, "SELECT host FROM repo ORDER BY id") == ["github.com", "gitlab.example:8443"]
    assert reads.repo_id(store, "ann/tool") == reads.repo_id(store, "github.com/ann/tool") == 1
    assert reads.repo_id(store, "gitlab.example:8443/ann/tool") == 2
    assert column(store, "SELECT count(*) FROM build WHERE repo_id = 1") == [2]


def test_several_ci_systems_of_one_host_share_a_repo_and_one_that_names_none_joins_it(store: Store) -> None:
    store.save(run("1", "1", "", repo_id="77")).result()
    store.save(run("2", "1", "ci.yml", provider="github", repo_id="9", code_host="github.com")).result()
    store.save(run("3", "1", "unit", provider="jenkins", instance="https://ci.example")).result()
    assert column(store, "SELECT slug FROM repo") == ["ann/tool"]
    assert column(store, "SELECT host FROM repo") == ["github.com"]


def test_a_repo_of_another_host_keeps_its_name_when_it_is_told_of_by_the_cis_id(store: Store) -> None:
    store.save(run("1", "1", "", repo_id="77", code_host="github.com")).result()
    for number in ("2", "3"):
        store.save(run(number, number, "", provider="gitlab", repo_id="5", code_host="gitlab.com")).result()
    store.save(
        run("4", "4", "", provider="gitlab", repo="ann/other", repo_id="5", code_host="gitlab.com")
    ).result()
    assert column(store, "SELECT slug FROM repo ORDER BY id") == ["ann/tool", "ann/other"]
    assert reads.repo_id(store, "gitlab.com/ann/tool") == reads.repo_id(store, "ann/other") == 2


def test_a_branch_of_a_fork_is_not_the_repos_own(store: Store) -> None:
    own, fork = PullRequest("1", None, "topic", "main"), PullRequest("2", None, "main", "main")
    store.save(run("1", "1", "", branch="main", head_repo="ann/tool")).result()
    store.save(run("2", "2", "", branch="main", head_repo="bob/tool", pull_request=fork)).result()
    store.save(run("3", "3", "", branch="main", head_repo="bob/tool")).result()
    # Where the CI gives the branch that it is to be merged into, it is the repo's own.
    store.save(run("4", "4", "", branch="main", head_repo="bob/tool", pull_request=own)).result()
    assert column(store, "SELECT branch FROM build ORDER BY build_id") == [
        "main", "bob:main", "bob:main", "main"
    ]  # fmt: skip
    assert column(store, "SELECT branch FROM job ORDER BY build_id") == [
        "main", "bob:main", "bob:main", "main"
    ]  # fmt: skip


TOLD = build(
    "9",
    repo_id=None,
    title="Release 2",
    event="workflow_dispatch",
    actor="ann",
    head_repo="ann/tool",
    parent_id="8",
    parent_repo="ann/base",
    pull_request=PullRequest("7", "Do more", "topic", "main", "https://code.example/7"),
    pipeline="ci.yml",
    pipeline_name="CI",
    pipeline_url="https://ci.example/ci.yml",
    jobs=(
        job(
            "1",
            url="https://ci.example/job/1",
            own_attempt=2,
            needs=("build", "lint"),
            failure_reason="runner_system_failure",
            blocked_at=at(-60),
            unblocked_at=at(-3),
            worker=Worker("host", "linux", name="runner 1", group="large", labels=("linux", "x64")),
            steps=(
                step("a")._replace(result=Result.PASSED, number=1),
                Step("b", "", None, NEVER, NEVER, result=Result.SKIPPED, number=2),
            ),
        ),
        job("2", needs=()),
    ),
)


def test_all_that_a_ci_tells_of_a_build_is_told_again(store: Store) -> None:
    store.save(TOLD).result()
    [whole] = reads.whole_builds(store, "ann/tool", "travis", CI, "9")
    assert whole == replace(TOLD, attempt=1)


def test_waiting_for_a_person_is_not_waiting_for_a_worker(store: Store) -> None:
    store.save(TOLD).result()
    found = rows(store.select("SELECT queue_time, blocked_time FROM job WHERE job_id = '1'"))
    assert found == [{"queue_time": 3.0, "blocked_time": 57.0}]


def test_a_step_that_did_not_run_is_kept_and_not_counted(store: Store) -> None:
    store.save(TOLD).result()
    assert rows(store.select("SELECT name, started_at, duration FROM step WHERE result = 'skipped'")) == [
        {"name": "b", "started_at": None, "duration": None}
    ]
    keys = column(store, "SELECT job_key FROM job WHERE job_id = '1'")
    assert reads.job_steps(store, "ann/tool", keys)["duration"] == [10.0, None]


def test_an_unnamed_or_undated_build_outranks_no_name(store: Store) -> None:
    store.save(run("1", "1", "ci", 500)).result()
    store.save(run("2", "2", "ci", 100, pipeline_name="Named")).result()
    assert pipelines(store) == [("ci", "Named", None)]
    undated = run("3", "3", "ci", pipeline_name="Undated", pipeline_url="https://ci/3")
    store.save(replace(undated, queued_at=None, started_at=None, finished_at=None, jobs=())).result()
    assert pipelines(store) == [("ci", "Named", "https://ci/3")]
    store.save(run("4", "4", "ci", 200, pipeline_name="Newest")).result()
    assert pipelines(store) == [("ci", "Newest", "https://ci/3")]


def test_names_of_pipelines_are_the_same_whatever_a_process_remembers(
    store: Store, reopened: Callable[[], Store]
) -> None:
    store.save(run("1", "1", "ci", 300, pipeline_name="New")).result()
    again = reopened()
    again.save(run("2", "2", "ci", 100, pipeline_name="Old", pipeline_url="https://ci/2")).result()
    assert pipelines(again) == [("ci", "New", "https://ci/2")]


def test_a_renamed_repo_is_found_by_its_host_and_every_name(store: Store) -> None:
    store.save(run("1", "1", "", repo="ann/old", repo_id="5", code_host="github.com")).result()
    store.save(run("2", "2", "", repo="ann/new", repo_id="5", code_host="github.com")).result()
    names = ("ann/old", "ann/new", "github.com/ann/old", "github.com/ann/new")
    assert [reads.repo_id(store, name) for name in names] == [1, 1, 1, 1]


def test_a_name_that_a_repo_of_another_host_left_is_free(store: Store) -> None:
    store.save(run("1", "1", "", repo="ann/old", repo_id="5", code_host="github.com")).result()
    store.save(run("2", "2", "", repo="ann/new", repo_id="5", code_host="github.com")).result()
    of_other: dict[str, Any] = {"provider": "gitlab", "repo": "ann/old", "code_host": "gitlab.com"}
    store.save(run("3", "1", "", repo_id="9", **of_other)).result()
    store.save(run("4", "2", "", **of_other)).result()
    assert column(store, "SELECT slug FROM repo ORDER BY id") == ["ann/new", "ann/old"]
    assert column(store, "SELECT repo_id FROM build ORDER BY build_id") == [1, 1, 2, 2]
    assert reads.repo_id(store, "github.com/ann/old") == 1


def test_what_is_no_other_repo_makes_no_fork(store: Store) -> None:
    for id, head in (("1", "octocat"), ("2", "github.com/ann/tool"), ("3", "Ann/Tool")):
        store.save(run(id, id, "", branch="main", head_repo=head, code_host="github.com")).result()
    assert column(store, "SELECT DISTINCT branch FROM build") == ["main"]


def test_no_step_takes_less_than_no_time(store: Store) -> None:
    backwards = step("a")._replace(started_ns=NS + 10**9, finished_ns=NS)
    store.save(build(jobs=(job(steps=(backwards, step("b", 0, 10))),))).result()
    assert column(store, "SELECT duration FROM step ORDER BY position") == [0.0, 10.0]
    assert backwards.duration == 0.0


def test_a_job_that_ran_before_it_was_let_go_on_has_no_such_waits(store: Store) -> None:
    odd = job("1", queued_at=at(-7), blocked_at=at(-9), unblocked_at=at(5000))
    store.save(build(jobs=(odd,))).result()
    found = rows(store.select("SELECT queue_time, blocked_time FROM job"))
    assert found == [{"queue_time": None, "blocked_time": None}]
