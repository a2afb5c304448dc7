"""How far a repo's figures can be trusted, by what is stored of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from buildtimetrend.model import Build, Delivery, LogState, Query, Result, TaskState
from buildtimetrend.store import open_store, reads
from buildtimetrend.store.base import Store
from tests.charts import sample
from tests.charts.test_over_time import QUERIES
from tests.store.engines import ENGINES, empty
from tests.store.examples import CI, at, build, task

REPO = "ann/tool"
ASKED = Query(REPO, at(0), at(10_000))


def save(store: Store, *numbers: int | str, **fields: Any) -> None:
    """Builds of these numbers, which end 200 s apart."""
    for place, number in enumerate(numbers):
        store.save(build(f"9{number}", start=200 * place, number=str(number), **fields)).result()


def gaps(store: Store, asked: Query = ASKED) -> list[tuple[int, int]]:
    return [(gap["first"], gap["last"]) for gap in reads.quality(store, asked)["gaps"]]


def test_a_repo_without_builds_has_nothing_to_trust(store: Store) -> None:
    assert reads.quality(store, ASKED) == {
        "last_delivery_at": None,
        "last_build_at": None,
        "started_jobs": 0,
        "jobs_without_log": 0,
        "share_without_log": None,
        "log_states": {},
        "missing_builds": 0,
        "gaps": [],
        "waiting_tasks": 0,
        "failed_tasks": 0,
    }


@pytest.fixture(scope="module", params=ENGINES)
def sampled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Store, list[Build]]]:
    with (
        empty(request.param, request, tmp_path_factory.mktemp("sample")) as url,
        closing(open_store(url)) as store,
    ):
        yield store, sample.fill(store)


@pytest.mark.parametrize("name", list(QUERIES))
def test_jobs_that_started_lack_a_log_unless_it_is_whole(
    sampled: tuple[Store, list[Build]], name: str
) -> None:
    store, builds = sampled
    asked = QUERIES[name]
    everything = Query(asked.repo, asked.since, asked.until)
    states = Counter(
        run.job.log
        for run in sample.runs(builds, everything)
        if run.job.started_at is not None
        and run.job.result is not Result.SKIPPED
        and run.job.log is not LogState.UNNEEDED
    )
    lacking = {state: count for state, count in states.items() if state is not LogState.COMPLETE}
    found = reads.quality(store, everything)
    assert found["started_jobs"] == states.total()
    assert found["log_states"] == lacking
    assert found["jobs_without_log"] == sum(lacking.values())
    if states:
        assert found["share_without_log"] == pytest.approx(100 * sum(lacking.values()) / states.total())


def test_a_job_whose_steps_the_ci_has_lacks_no_log(store: Store) -> None:
    made = build("3")
    job = replace(made.jobs[0], log=LogState.UNNEEDED)
    store.save(replace(made, jobs=(job,))).result()
    found = reads.quality(store, ASKED)
    assert (found["started_jobs"], found["jobs_without_log"], found["log_states"]) == (0, 0, {})


def test_numbers_that_are_not_there_are_gaps(store: Store) -> None:
    save(store, 3, 4, 7, 8, 10, 20)
    found = reads.quality(store, ASKED)
    assert gaps(store) == [(5, 6), (9, 9), (11, 19)]
    assert found["missing_builds"] == 12
    assert {(gap["provider"], gap["instance"]) for gap in found["gaps"]} == {("travis", CI)}
    assert found["last_build_at"] == at(5 * 200 + 100)


def test_the_first_few_gaps_are_listed_and_all_are_counted(store: Store) -> None:
    save(store, *range(1, 31, 2))
    assert gaps(store) == [(number, number) for number in (2, 4, 6, 8, 10)]
    assert reads.quality(store, ASKED)["missing_builds"] == 14


def test_a_build_that_ended_before_the_range_or_did_not_end_fills_a_gap(store: Store) -> None:
    save(store, 2, 1, 4, 3)
    assert gaps(store, replace(ASKED, since=at(250))) == []
    save(store, 5, result=None, finished_at=None, jobs=())
    assert gaps(store) == []


def test_gaps_outside_the_range_do_not_count(store: Store) -> None:
    save(store, 1, 5, 6, 8)
    assert gaps(store, replace(ASKED, since=at(250))) == [(7, 7)]


@pytest.mark.parametrize("numbers", [("1", "x", "9"), ("1", "1.5"), ("1", "-4"), ("1", "9" * 19), ("1", "")])
def test_numbers_that_are_no_integers_have_no_gaps(store: Store, numbers: tuple[str, ...]) -> None:
    save(store, *numbers)
    assert gaps(store) == []


def test_numbers_that_builds_share_have_no_gaps(store: Store) -> None:
    save(store, 1, 2, 9)
    store.save(build("another", start=900, number="2")).result()
    assert gaps(store) == []


def test_attempts_of_a_build_share_its_number(store: Store) -> None:
    save(store, 1, 2, 4)
    store.save(build("92", start=2000, number="2", attempt=2)).result()
    assert gaps(store) == [(3, 3)]


def test_each_ci_counts_by_itself(store: Store) -> None:
    save(store, 1, 2)
    save(store, 4, 6, provider="other")
    assert gaps(store) == [(5, 5)]


def test_pipelines_that_are_numbered_in_one_count_fill_each_others_gaps(store: Store) -> None:
    """As GitLab's, whose number counts whatever a project runs; a GitHub workflow counts its own runs."""
    for provider in ("gitlab", "github"):
        for place, number in enumerate((1, 2, 3, 4, 7)):
            save_one = build(
                f"{provider}{number}", start=200 * place, number=str(number), provider=provider,
                pipeline=("nightly", "push")[number % 2],
            )  # fmt: skip
            store.save(save_one).result()
    found = reads.quality(store, ASKED)["gaps"]
    told = [(gap["provider"], gap["pipeline"], gap["first"], gap["last"]) for gap in found]
    assert told == [
        ("github", "nightly", 3, 3),
        ("github", "push", 2, 2),
        ("github", "push", 4, 6),
        ("gitlab", "", 5, 6),
    ]


def test_deliveries_and_tasks_of_any_name_of_the_repo_count(store: Store) -> None:
    save(store, 1, repo_id="7", repo="ann/old")
    save(store, 2, repo_id="7", repo=REPO)
    for number, repo in enumerate(("Ann/Old", REPO, "ann/other")):
        delivery = Delivery(f"d{number}", "travis", repo, at(100 * number), "passed", "{}")
        store.accept(delivery, None).result()
    states = (TaskState.WAITING, TaskState.RUNNING, TaskState.FAILED, TaskState.DONE, TaskState.CANCELED)
    tasks = [
        replace(made, ref=replace(made.ref, repo=repo))
        for repo in ("Ann/Old", REPO, "ann/other")
        for state in states
        for made in [task(f"{repo} {state}", state=state)]
    ]
    store.add_tasks(tasks).result()
    found = reads.quality(store, ASKED)
    assert (found["waiting_tasks"], found["failed_tasks"]) == (4, 2)
    assert found["last_delivery_at"] == at(100)


def test_another_repo_has_its_own_builds(store: Store) -> None:
    save(store, 1, 9, repo="ann/other")
    found = reads.quality(store, ASKED)
    assert (found["last_build_at"], found["gaps"], found["started_jobs"]) == (None, [], 0)
    assert reads.quality(store, replace(ASKED, until=ASKED.since + timedelta(seconds=1)))["gaps"] == []
