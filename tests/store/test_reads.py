"""Questions to a store, answered as plain Python answers them for the builds that are in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from buildtimetrend.model import Build, Query, Result
from buildtimetrend.store import open_store, reads
from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.pipelines import pipeline_id
from buildtimetrend.store.reads.repos import NO_REPO
from tests.charts import reckon, sample
from tests.store.engines import ENGINES, empty
from tests.store.examples import at, build, column

DAY = 86_400  # seconds

ASKED = {
    "all": sample.query(),
    "main": sample.query(branch="main"),
    "matrix": sample.query(build_matrix="python 3.2 linux", trigger="push"),
    "failed": sample.query(result="failed"),
    "nothing": sample.query(branch="no such branch"),
}


@pytest.fixture(scope="module", params=ENGINES)
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Store, list[Build]]]:
    with empty(request.param, request, tmp_path_factory.mktemp("reads")) as url:
        store = open_store(url)
        yield store, sample.fill(store)
        store.close()


@pytest.fixture
def sampled(filled: tuple[Store, list[Build]]) -> Store:
    return filled[0]


@pytest.fixture
def builds(filled: tuple[Store, list[Build]]) -> list[Build]:
    return filled[1]


@pytest.fixture(params=list(ASKED))
def asked(request: pytest.FixtureRequest) -> Query:
    return ASKED[request.param]


def key(row: dict[str, Any]) -> tuple[Any, ...]:
    return (row["number"], row["attempt"])


def test_a_repo_is_found_by_its_name_its_former_name_and_in_any_case(sampled: Store) -> None:
    found = reads.repo_id(sampled, sample.REPO)
    assert column(sampled, "SELECT slug FROM repo WHERE id = $id", id=found) == [sample.REPO]
    assert reads.repo_id(sampled, sample.FORMER_NAME) == found
    assert reads.repo_id(sampled, "ACME/App") == found
    assert reads.repo_id(sampled, "acme/nothing") == NO_REPO
    assert reads.repo_id(sampled, "acme/app' OR '1'='1") == NO_REPO


def test_the_ids_of_all_names_are_those_that_a_name_is_found_by(sampled: Store) -> None:
    repos = reads.repos_by_name(sampled)
    ids = {name: repo.id for name, repo in repos.items()}
    assert repos[sample.FORMER_NAME] == (ids[sample.REPO], sample.REPO)
    assert set(ids) == {sample.REPO, sample.FORMER_NAME, sample.OTHER_REPO}
    assert ids == {name: reads.repo_id(sampled, name) for name in ids}
    assert NO_REPO not in ids.values()


def test_builds_are_listed_newest_first_page_by_page(
    sampled: Store, builds: list[Build], asked: Query
) -> None:
    expected = sample.ended_builds(builds, asked)
    expected.sort(key=lambda build: (build.finished_at, build.id, build.attempt), reverse=True)
    whole = rows(reads.builds(sampled, asked, 1000, 0))
    assert [key(row) for row in whole] == [(build.number, build.attempt) for build in expected]
    assert [row["jobs"] for row in whole] == [len(build.jobs) for build in expected]
    pages = [row for offset in range(0, 90, 7) for row in rows(reads.builds(sampled, asked, 7, offset))]
    assert pages == whole


def test_builds_are_found_by_words_in_them(sampled: Store, builds: list[Build], asked: Query) -> None:
    for words in (["1"], ["MAIN", "2"], ["no such word"], ["%"]):
        found = rows(reads.builds(sampled, asked, 1000, 0, words))
        expected = {
            (build.number, build.attempt)
            for build in sample.ended_builds(builds, asked)
            if all(any(word.lower() in part for part in _searched(build)) for word in words)
        }
        assert {key(row) for row in found} == expected


def _searched(build: Build) -> list[str]:
    asked_for = build.pull_request
    parts = [build.number, build.commit, build.message, build.author, build.branch, build.tag]
    parts += [asked_for.number, asked_for.title] if asked_for else []
    return [part.lower() for part in parts if part]


NEVER_SAID = ("commit_id", "details", "pipeline_name", "pipeline_url")


def test_a_build_is_told_as_it_was_saved(sampled: Store, builds: list[Build]) -> None:
    saved = next(build for build in builds if build.repo == sample.REPO and build.branch is None)
    row = next(
        row
        for row in rows(reads.build(sampled, "travis", sample.REPO, saved.number))
        if row["attempt"] == saved.attempt
    )
    assert {name: value for name, value in row.items() if name not in NEVER_SAID} == {
        "provider": "travis",
        "instance": saved.instance,
        "repo": sample.REPO,
        "build_id": saved.id,
        "number": saved.number,
        "attempt": saved.attempt,
        "result": saved.result,
        "raw_result": saved.raw_result,
        "branch": None,
        "tag": None,
        "commit": None,
        "message": None,
        "author": None,
        "trigger": saved.trigger,
        "pull_request": None,
        "pull_request_title": None,
        "url": None,
        "queued_at": None,
        "started_at": saved.started_at,
        "finished_at": saved.finished_at,
        "duration": saved.duration,
        "jobs": len(saved.jobs),
        "pipeline": "",
        "pipeline_id": pipeline_id("travis", saved.instance, ""),
    }
    assert {row[name] for name in NEVER_SAID} == {None}


def test_a_build_has_all_its_attempts(sampled: Store, builds: list[Build]) -> None:
    twice = next(build.number for build in builds if build.repo == sample.REPO and build.attempt == 2)
    assert reads.build(sampled, "travis", sample.REPO, twice)["attempt"] == [1, 2]
    assert reads.build(sampled, "travis", sample.FORMER_NAME, twice)["attempt"] == [1, 2]
    assert reads.build(sampled, "github", sample.REPO, twice)["attempt"] == []
    assert reads.build(sampled, "travis", "acme/nothing", twice)["attempt"] == []


def test_jobs_are_listed_newest_first_page_by_page(sampled: Store, builds: list[Build], asked: Query) -> None:
    expected = sample.runs(builds, asked)
    whole = rows(reads.jobs(sampled, asked, 1000, 0))
    assert sorted(str(row["job_id"]) for row in whole) == sorted(run.job.id for run in expected)
    assert [row["finished_at"] for row in whole] == sorted(
        (run.finished_at for run in expected), reverse=True
    )
    pages = [row for offset in range(0, 210, 30) for row in rows(reads.jobs(sampled, asked, 30, offset))]
    assert pages == whole


def test_a_builds_jobs_and_their_steps_are_told_as_they_were_saved(
    sampled: Store, builds: list[Build]
) -> None:
    for each in [each for each in builds if each.repo == sample.REPO][:20]:
        found = reads.build_jobs(
            sampled,
            {
                "provider": "travis",
                "instance": each.instance,
                "repo": sample.REPO,
                "build_id": each.id,
                "attempt": each.attempt or 0,
            },
        )
        assert found["job_id"] == [job.id for job in each.jobs]
        assert found["matrix"] == [job.matrix.summary for job in each.jobs]
        assert found["queue_time"] == [job.queue_time for job in each.jobs]
        steps = rows(reads.job_steps(sampled, sample.REPO, [int(str(k)) for k in found["job_key"]]))
        expected = [
            (step.name, step.depth, step.command, step.started_at, step.finished_at)
            for job in each.jobs
            for step in job.steps
        ]
        assert [
            (row["name"], row["depth"], row["command"], row["started_at"], row["finished_at"])
            for row in steps
        ] == expected


def test_no_jobs_have_no_steps(sampled: Store) -> None:
    assert reads.job_steps(sampled, sample.REPO, [])["name"] == []


def test_steps_are_ordered_by_the_time_that_they_took(
    sampled: Store, builds: list[Build], asked: Query
) -> None:
    steps = [step for run in sample.timed(builds, asked) for step in run.job.steps if step.depth == 0]
    groups = reckon.grouped(steps, sample.key_of)
    durations = {name: [step.duration for step in group] for name, group in groups.items()}
    found = rows(reads.steps(sampled, asked, 10))
    assert [row["key"] for row in found] == sorted(durations, key=lambda key: -sum(durations[key]))[:10]
    for row in found:
        values = durations[row["key"]]
        expected = [reckon.average(values), reckon.percentile(values, 0.5), reckon.percentile(values, 0.95)]
        assert all(map(reckon.close, [row["average"], row["p50"], row["p95"]], expected))
        assert (row["runs"], row["phase"]) == (len(values), "script")
        assert reckon.close(row["total"], sum(values))


def test_the_runs_of_a_step_are_those_of_all_jobs_the_newest_first(
    sampled: Store, builds: list[Build], asked: Query
) -> None:
    timed = sample.timed(builds, asked)
    keys = {sample.key_of(step) for run in timed for step in run.job.steps} or {"script: nothing"}
    for wanted in sorted(keys)[:3]:
        runs = rows(reads.step_runs(sampled, asked, wanted))
        expected = [
            (run.job.id, step.command, round(step.duration, 6))
            for run in timed
            for step in run.job.steps
            if step.depth == 0 and sample.key_of(step) == wanted
        ]
        told = [(run["job_id"], run["command"], round(run["seconds"], 6)) for run in runs]
        assert sorted(told, key=str) == sorted(expected, key=str)
        ends = [run["finished_at"] for run in runs]
        assert ends == sorted(ends, reverse=True)


def test_choices_are_the_values_that_occur_in_the_range(sampled: Store, builds: list[Build]) -> None:
    asked = ASKED["all"]
    runs = sample.runs(builds, asked)
    assert reads.choices(sampled, asked) == {
        "pipeline": ["travis"],
        "job": [],
        "build_matrix": sorted({run.job.matrix.summary for run in runs}),
        "result": sorted({run.job.result.value for run in runs if run.job.result}),
        "trigger": sorted({run.build.trigger for run in runs if run.build.trigger}),
        "branch": sorted({run.build.branch for run in runs if run.build.branch}),
    }


def test_totals_count_jobs_and_builds_and_look_back_for_the_last_failure(
    sampled: Store, builds: list[Build], asked: Query
) -> None:
    runs = sample.runs(builds, asked)
    results = [run.job.result for run in runs]
    passed, failed = (
        results.count(Result.PASSED),
        results.count(Result.FAILED) + results.count(Result.ERRORED),
    )
    ever = sample.runs(builds, replace(asked, since=datetime(1990, 1, 1, tzinfo=UTC)))
    failures = [run.finished_at for run in ever if run.job.result in (Result.FAILED, Result.ERRORED)]
    last = max(failures, default=None)
    found = reads.totals(sampled, asked)
    average = found.pop("average_duration")
    durations = [run.seconds for run in sample.timed(builds, asked)]
    assert reckon.close(average, reckon.average(durations))
    waited = [run.job.queue_time for run in runs if run.job.queue_time is not None]
    sides = [sample.timed(builds, of) for of in (asked, reckon.before(asked))]
    compared = [len({run.build.id for run in of_side}) for of_side in sides]
    previous = reckon.percentile([run.seconds for run in sides[1]], 0.5)
    median = reckon.percentile(durations, 0.5)
    for name, expected in (
        ("median_duration", median),
        ("p95_duration", reckon.percentile(durations, 0.95)),
        ("queue_median", reckon.percentile(waited, 0.5)),
        ("previous_median_duration", previous),
    ):
        assert reckon.close(found.pop(name), expected)
    seconds = [[run.seconds for run in side] for side in sides]
    margin = reckon.margin_of_medians(*zip(seconds, compared, strict=True))
    percent, verdict = reckon.changed(asked, median, previous, *compared, margin=margin)
    assert reckon.close(found.pop("change"), percent)
    assert [found.pop(f"{side}_builds") for side in ("compared", "previous")] == compared
    assert found.pop("change_verdict") == verdict
    assert found == {
        "jobs": len(runs),
        "builds": len(sample.last_attempts(builds, asked)),
        "passed": passed,
        "failed": failed,
        "success_rate": pytest.approx(100 * passed / (passed + failed))
        if passed + failed and "result" not in asked.filters
        else None,
        "last_failed_at": last,
        "days_since_fail": (asked.until - last).days if last else None,
    }


def test_badges_show_the_totals_and_the_latest_job(sampled: Store, builds: list[Build]) -> None:
    asked = ASKED["all"]
    totals = reads.totals(sampled, asked)
    latest = max(sample.timed(builds, asked), key=lambda run: run.finished_at)
    assert reads.badge_figures(sampled, sample.FORMER_NAME, asked.since, asked.until) == {
        "latest": latest.seconds,
        "latest_at": latest.finished_at,
        "avg": totals["average_duration"],
        "jobs": totals["jobs"],
        "builds": totals["builds"],
        "passed": totals["success_rate"],
        "last_fail": totals["last_failed_at"],
    }


def test_badges_of_a_quiet_week_still_show_the_latest_job(sampled: Store) -> None:
    since = sample.UNTIL + timedelta(days=100)
    found = reads.badge_figures(sampled, sample.REPO, since, since + timedelta(days=7))
    assert found
    assert found["latest"] is not None
    assert found["last_fail"] is not None
    assert [found[name] for name in ("avg", "passed", "jobs", "builds")] == [None, None, 0, 0]


def test_an_unknown_repo_has_no_badge_figures(sampled: Store) -> None:
    assert reads.badge_figures(sampled, "acme/nothing", sample.SINCE, sample.UNTIL) is None


def test_projects_have_the_figures_of_the_range_and_their_last_build(
    sampled: Store, builds: list[Build]
) -> None:
    found = rows(reads.projects(sampled, sample.SINCE, sample.UNTIL))
    assert [row["repo"] for row in found] == sorted([sample.REPO, sample.OTHER_REPO])
    for row in found:
        asked = replace(ASKED["all"], repo=str(row["repo"]))
        totals = reads.totals(sampled, asked)
        for name in ("jobs", "builds", "success_rate", "average_duration", "change"):
            assert reckon.close(row[name], totals[name])
        assert row["change_verdict"] == totals["change_verdict"]
        median = reckon.percentile([run.seconds for run in sample.timed(builds, asked)], 0.5)
        assert reckon.close(row["median_duration"], median)
        ended = [build for build in builds if build.repo == row["repo"] and build.finished_at]
        last = max(ended, key=lambda build: str(build.finished_at))
        assert (row["last_build"], row["last_result"], row["last_finished_at"], row["provider"]) == (
            last.number,
            last.result,
            last.finished_at,
            "travis",
        )


def test_a_project_without_builds_in_the_range_is_listed(sampled: Store) -> None:
    later = sample.UNTIL + timedelta(days=100)
    found = reads.projects(sampled, later, later + timedelta(days=7))
    assert found["jobs"] == [0, 0]
    assert found["success_rate"] == [None, None]
    assert None not in found["last_build"]


def test_the_last_build_of_a_quiet_project_is_shown_beside_those_of_busy_ones(store: Store) -> None:
    for repo, start in (("ann/busy", 0), ("bob/quiet", -30 * DAY), ("bob/quiet", -40 * DAY)):
        store.save(build(f"{repo}{start}", start, repo=repo, repo_id=repo, number=str(start))).result()
    found = reads.projects(store, at(-DAY), at(DAY))
    assert found["repo"] == ["ann/busy", "bob/quiet"]
    assert found["builds"] == [1, 0]
    assert found["last_build"] == ["0", str(-30 * DAY)]


@pytest.mark.parametrize("interval", ["hour", "day", "week"])
def test_statistics_count_builds_jobs_and_steps_by_repo_and_language(
    sampled: Store, builds: list[Build], interval: str
) -> None:
    found = reads.statistics(sampled, sample.SINCE, sample.UNTIL, interval)
    both = [replace(ASKED["all"], repo=repo, interval=interval) for repo in (sample.REPO, sample.OTHER_REPO)]
    jobs = [run for asked in both for run in sample.runs(builds, asked)]
    steps = [
        (build.repo, step)
        for build in builds
        for job in build.jobs
        for step in job.steps
        if sample.SINCE <= step.started_at < sample.UNTIL
    ]
    assert (found.repos, found.jobs, found.steps) == (2, len(jobs), len(steps))
    assert found.builds == sum(len(sample.last_attempts(builds, asked)) for asked in both)
    assert found.events == found.jobs + found.steps

    def by(things: list[Any], at: Callable[[Any], tuple[str, datetime]]) -> dict[Any, int]:
        groups = reckon.grouped(things, lambda thing: (reckon.bucket(at(thing)[1], interval), at(thing)[0]))
        return {place: len(group) for place, group in groups.items()}

    of_jobs = by(jobs, lambda run: (run.build.repo, run.finished_at))
    of_steps = by(steps, lambda pair: (pair[0], pair[1].started_at))
    listed = rows(found.projects)
    assert {(row["bucket"], row["repo"]): row["jobs"] for row in listed if row["jobs"]} == of_jobs
    assert {(row["bucket"], row["repo"]): row["steps"] for row in listed if row["steps"]} == of_steps
    assert sum(int(str(row["builds"])) for row in listed) == found.builds
    languages = by(jobs, lambda run: ("python", run.finished_at))
    assert set(zip(found.languages["bucket"], found.languages["language"], strict=True)) == set(languages)
    assert set(found.languages["repos"]) <= {1, 2}


def test_an_empty_store_answers_everything_with_nothing(store: Store) -> None:
    asked = ASKED["all"]
    for table in (
        reads.builds(store, asked, 10, 0),
        reads.jobs(store, asked, 10, 0),
        reads.steps(store, asked, 10),
        reads.projects(store, asked.since, asked.until),
        reads.imports(store, 10),
        reads.tasks(store, ["done"], 10),
    ):
        assert table
        assert not any(table.values())
    assert reads.repos_by_name(store) == {}
    assert set(reads.choices(store, asked)) == {
        "pipeline",
        "job",
        "build_matrix",
        "result",
        "trigger",
        "branch",
    }
    assert reads.totals(store, asked)["average_duration"] is None
    assert reads.statistics(store, asked.since, asked.until).events == 0
