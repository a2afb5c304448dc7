import random
from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from statistics import median

import pytest

from buildtimetrend.demo.builds import SimulatedBuild
from buildtimetrend.demo.history import History
from buildtimetrend.demo.logs import Telling
from buildtimetrend.demo.projects import PROJECTS, Project

from .conftest import NOW

NUMBERS = "simulated/numbers"


def builds_of(history: History, slug: str) -> list[SimulatedBuild]:
    return [build for number in history.numbers(slug) if (build := history.build(slug, number))]


def test_a_build_is_the_same_in_any_order_and_in_any_history_of_the_same_seed(history: History) -> None:
    other = History(seed=1, now=NOW)
    numbers = history.numbers(NUMBERS)[:60]
    shuffled = random.Random(7).sample(numbers, len(numbers))
    theirs = {number: other.build(NUMBERS, number) for number in shuffled}
    for number in numbers:
        assert history.build(NUMBERS, number) == theirs[number]


def test_its_log_is_the_same_to_the_byte(history: History) -> None:
    one, other = history.build(NUMBERS, 9), History(seed=1, now=NOW).build(NUMBERS, 9)
    assert one is not None
    assert other is not None
    assert [job.log() for job in one.jobs] == [job.log() for job in other.jobs]


def test_another_seed_makes_another_history(history: History) -> None:
    assert history.build(NUMBERS, 9) != History(seed=2, now=NOW).build(NUMBERS, 9)


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.name)
def test_a_year_of_builds_ends_now_and_numbers_follow_time(history: History, project: Project) -> None:
    builds = builds_of(history, project.slug)
    queued = [build.queued_at for build in builds if build.attempt == 1]
    assert queued == sorted(queued)
    assert NOW - 366 * 86400 < queued[0] < NOW - 355 * 86400
    assert all(build.finished_at and build.finished_at <= NOW for build in builds)


def test_times_of_jobs_and_builds_agree(history: History) -> None:
    for build in builds_of(history, NUMBERS):
        for job in build.jobs:
            assert job.finished_at is not None
            assert job.queued_at <= (job.started_at or job.finished_at) <= job.finished_at
        if build.started_at is not None:
            assert build.duration == sum(job.duration or 0 for job in build.jobs)
            assert build.finished_at == max(job.finished_at or 0 for job in build.jobs)


def test_ids_lead_back_to_their_build(history: History) -> None:
    build = history.build("simulated/parser", 77)
    assert build is not None
    places = {history.place_of(any_id) for any_id in (build.id, *(job.id for job in build.jobs))}
    assert places == {("simulated/parser", 77)}


def test_every_kind_of_build_occurs(history: History) -> None:
    builds = builds_of(history, NUMBERS)
    assert set(Counter(build.state for build in builds)) == {"passed", "failed", "errored", "canceled"}
    assert {build.event_type for build in builds} == {"push", "pull_request", "cron", "api"}
    assert any(build.attempt == 2 for build in builds)
    assert any(build.tag for build in builds)
    assert any(build.started_at is None for build in builds)
    assert len(builds) < history.projects[NUMBERS].builds
    assert {len(history.projects[slug].variants) for slug in history.projects} >= {1, 2, 4, 6}


def test_a_failed_job_that_may_fail_does_not_fail_its_build(history: History) -> None:
    builds = builds_of(history, NUMBERS)
    assert any(build.state == "passed" and build.jobs[3].state == "failed" for build in builds)
    assert all(
        job.state == "passed" or job.allow_failure for b in builds if b.state == "passed" for job in b.jobs
    )


def test_weekends_and_nights_are_quiet_and_one_week_has_no_builds(history: History) -> None:
    queued = [datetime.fromtimestamp(build.queued_at, UTC) for build in builds_of(history, NUMBERS)]
    weekend = sum(at.weekday() >= 5 for at in queued)
    night = sum(at.hour < 6 for at in queued)
    assert weekend < len(queued) / 10
    assert night < len(queued) / 10
    assert max(late - early for early, late in pairwise(queued)).days >= 7


@pytest.mark.parametrize("slug", [project.slug for project in PROJECTS if project.slowdown])
def test_the_slowdown_is_real_and_is_where_the_project_says(history: History, slug: str) -> None:
    slowdown = history.projects[slug].slowdown
    assert slowdown is not None
    scripts = {before: script_times(history, slug, before, slowdown.number) for before in (True, False)}
    assert median(scripts[False]) / median(scripts[True]) == pytest.approx(slowdown.factor, rel=0.08)
    culprit = history.build(slug, slowdown.number)
    assert culprit is not None
    assert "from here on" in culprit.commit.message


def script_times(history: History, slug: str, before: bool, number: int) -> list[int]:
    """Lengths of the last script command in passed first jobs, of 60 builds before or after a number."""
    near = range(number - 60, number) if before else range(number, number + 60)
    builds = [build for each in near if (build := history.build(slug, each))]
    return [script_time(build) for build in builds if build.jobs[0].state == "passed"]


def script_time(build: SimulatedBuild) -> int:
    telling = build.jobs[0].source
    assert isinstance(telling, Telling)
    block, times = telling.recording.blocks[telling.recording.last_script], telling.times()
    return int(times[block.finish] - times[block.start])


def test_expected_tells_what_a_store_should_hold(history: History) -> None:
    expected = list(history.expected("simulated/streams"))
    assert [each.number for each in expected] == history.numbers("simulated/streams")
    for each in expected[:40]:
        build = history.build("simulated/streams", each.number)
        assert build is not None
        assert each.steps == tuple(job.steps for job in build.jobs)
        assert (each.state, each.jobs) == (build.state, tuple(job.state for job in build.jobs))
