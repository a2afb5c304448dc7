import random
from collections import Counter

import pytest

from buildtimetrend.demo.history import History
from buildtimetrend.demo.organisation import GITHUB, GITLAB
from buildtimetrend.demo.runs.history import RunHistory
from buildtimetrend.demo.runs.run import Run

from .conftest import NOW

ENGINE, BOXES, GATEWAY = "simulated/engine", "simulated/boxes", "simulated/platform/gateway"


@pytest.fixture(scope="module")
def github() -> RunHistory:
    return RunHistory(GITHUB, now=NOW)


@pytest.fixture(scope="module")
def gitlab() -> RunHistory:
    return RunHistory(GITLAB, now=NOW)


def runs_of(history: RunHistory, slug: str) -> list[Run]:
    """Every attempt."""
    return [
        history.run(slug, place, attempt)
        for place in history.places(slug)
        for attempt in range(1, history.attempts(slug, place) + 1)
    ]


def test_a_run_is_the_same_in_any_order_and_in_any_history_of_the_same_seed(github: RunHistory) -> None:
    places = list(github.places(ENGINE))[:80]
    other = RunHistory(GITHUB, now=NOW)
    theirs = {place: other.run(ENGINE, place) for place in random.Random(3).sample(places, len(places))}
    assert all(github.run(ENGINE, place) == theirs[place] for place in places)
    assert github.run(ENGINE, places[0]) != RunHistory(GITHUB, seed=2, now=NOW).run(ENGINE, places[0])


def test_two_cis_that_build_one_repo_build_the_same_changes(github: RunHistory, history: History) -> None:
    for place in github.places(BOXES):
        build = history.build(BOXES, place.change)
        assert build is not None
        run = github.run(BOXES, place, 1)
        assert (run.commit, run.event, run.tag) == (build.commit, build.event_type, build.tag)


@pytest.mark.parametrize("slug", [ENGINE, BOXES])
def test_jobs_begin_after_those_that_they_need(github: RunHistory, slug: str) -> None:
    for run in runs_of(github, slug):
        ends = {job.definition.key: job.finished_at for job in run.jobs}
        for job in run.own_jobs:
            needed = [ends[key] or 0 for key in job.definition.needs]
            assert job.queued_at >= max([run.queued_at, *needed])
            if job.started_at is not None:
                assert job.finished_at is not None
                assert job.queued_at < job.started_at <= job.finished_at <= NOW


def test_a_rerun_repeats_what_did_not_pass_and_lists_the_rest_with_its_first_times(
    github: RunHistory,
) -> None:
    again = [run for run in runs_of(github, ENGINE) if run.attempt == 2]
    partial = [run for run in again if len(run.own_jobs) < len(run.jobs)]
    assert partial
    assert len(partial) < len(again)
    for run in partial:
        found = github.place_of(run.id)
        assert found is not None
        first = github.run(*found, 1)
        for job, before in zip(run.jobs, first.jobs, strict=True):
            if job.attempt == 1:
                assert (job.started_at, job.finished_at, job.state) == (
                    before.started_at,
                    before.finished_at,
                    before.state,
                )
                assert job.finished_at is not None
                assert job.finished_at < run.queued_at
            else:
                assert before.state in {"failed", "canceled", "skipped"}
                assert job.queued_at >= run.queued_at


def test_every_kind_of_run_occurs(github: RunHistory) -> None:
    runs = runs_of(github, ENGINE)
    states = Counter(job.state for run in runs for job in run.jobs)
    assert set(states) == {"passed", "failed", "canceled", "skipped"}
    assert {run.state for run in runs} == {"passed", "failed", "canceled", "skipped"}
    assert len({run.pipeline.path for run in runs}) == 5
    assert any(run.pull and run.pull.fork for run in runs)
    assert any(job.state == "canceled" and not job.ran for run in runs for job in run.jobs)
    assert any(job.state == "canceled" and job.ran for run in runs for job in run.jobs)
    assert any(run.tag and run.state == "passed" for run in runs)


def test_numbers_count_within_a_workflow_at_github_and_within_the_project_at_gitlab(
    github: RunHistory, gitlab: RunHistory
) -> None:
    by_workflow: dict[int, list[int]] = {}
    for place, number in github.places(ENGINE).items():
        by_workflow.setdefault(place.pipeline, []).append(number)
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in by_workflow.values())
    numbers = list(gitlab.places(GATEWAY).values())
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_repeated_job_at_gitlab_is_another_job_of_the_same_pipeline(gitlab: RunHistory) -> None:
    runs = [gitlab.run(GATEWAY, place) for place in gitlab.places(GATEWAY)]
    repeated = [run for run in runs if any(job.retried for job in run.jobs)]
    assert repeated
    for run in repeated:
        kept = [job for job in run.jobs if not job.retried]
        assert Counter(job.name for job in kept).most_common(1)[0][1] == 1
        assert {job.name for job in run.jobs if job.retried} <= {job.name for job in kept if job.attempt > 1}


def test_a_child_pipeline_begins_when_the_job_that_starts_it_does(gitlab: RunHistory) -> None:
    families = [gitlab.run(GATEWAY, place) for place in gitlab.places(GATEWAY)]
    children = [run for run in families if run.bridge]
    assert children
    for child in children:
        assert child.bridge is not None
        assert child.created_at == child.bridge.started_at
    led_to = {run_id for run in families for _, run_id in run.children}
    assert led_to == {child.id for child in children}


def test_ids_lead_back_to_their_run(github: RunHistory) -> None:
    for place in list(github.places(ENGINE))[:50]:
        assert github.place_of(github.run(ENGINE, place).id) == (ENGINE, place)
    assert github.place_of(1) is None
    assert github.place_of(2_010_000_019) is None


def test_expected_tells_what_a_store_should_hold_of_each_attempt(
    github: RunHistory, gitlab: RunHistory
) -> None:
    expected = {(each.id, each.attempt): each for each in github.expected(ENGINE)}
    runs = runs_of(github, ENGINE)
    assert expected.keys() == {(run.id, run.attempt) for run in runs}
    for run in runs:
        assert expected[run.id, run.attempt].jobs == tuple(job.state for job in run.own_jobs)
    for each in gitlab.expected(GATEWAY):
        assert each.attempt == 1
        assert len(each.jobs) == len(each.steps)
