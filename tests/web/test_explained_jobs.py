"""Which job of a build makes it longer or shorter: another one, one tried again, one that did not run."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from buildtimetrend.critical_path.timings import timed
from buildtimetrend.model import Result
from buildtimetrend.web.analysis.explained.occasional_jobs import occasional_jobs
from buildtimetrend.web.analysis.explained.parts import EarlierBuild
from tests.web.conftest import Service
from tests.web.explained_builds import (
    REPO,
    USUAL,
    Planned,
    a_build,
    explained,
    part,
    rows_of,
    sentence,
    usual_builds,
)


def later(instant: datetime | None) -> datetime:
    assert instant is not None
    return instant + timedelta(hours=1)


def test_another_job_than_usual_may_end_last(service: Service) -> None:
    found = explained(
        service,
        usual_builds(),
        a_build(50, USUAL[0], Planned("quick", waits=400.0, steps=(("install", 30.0),))),
    )
    assert "because job 50.2 waited 6 m 36 s for a worker (usually 6.0 s)" in sentence(found)
    assert found["verdict"]["usually_last"] == "slow (python)"
    # Its critical path usually is that of the slow job, which runs longer.
    assert part(found, "other")["difference"] < 0


def test_a_job_without_usual_times_is_held_against_what_it_stands_for(service: Service) -> None:
    found = explained(service, usual_builds(), a_build(50, *USUAL, Planned("new", steps=(("all", 600.0),))))
    because = "because job 50.3 took 10 m 6 s, where usually 1 m 43 s pass; it has no usual time yet."
    assert because in sentence(found)
    shorter = explained(service, [], a_build(51, Planned("new", steps=(("all", 60.0),))))
    assert "44 s shorter than usual, because job 51.1 took 1 m 6 s, where usually 1 m 36 s" in sentence(
        shorter
    )


def test_a_job_that_may_fail_and_goes_on_after_the_build_holds_nothing_up(service: Service) -> None:
    on = Planned("nightly", steps=(("all", 5000.0),), allow_failure=True, result=Result.FAILED)
    found = explained(service, usual_builds(), a_build(50, *USUAL, on))
    assert sentence(found).startswith("As usual: ")
    jobs = service.get(f"/api/v1/projects/{REPO}/builds/travis/50").json()["attempts"][0]["jobs"]
    assert [job["critical"] for job in jobs] == [True, False, False]
    assert jobs[2]["difference"] is None


def test_a_job_that_was_tried_again_is_named_and_not_its_first_try(service: Service) -> None:
    """As GitLab lists it: both tries within one pipeline."""
    build = Planned("build", waits=10.0, steps=(("all", 60.0),))
    first = Planned("test", queued=build.ends, waits=5.0, result=Result.FAILED, allow_failure=True)
    again = Planned("test", queued=build.ends + 500, waits=5.0)
    usual = usual_builds(12, build, Planned("test", queued=build.ends, waits=5.0))
    found = explained(service, usual, a_build(50, build, first, again))
    assert sentence(found) == "8 m 20 s longer than usual, because job 50.3 was tried again 8 m 20 s later."
    assert part(found, "again")["difference"] == 500
    jobs = service.get(f"/api/v1/projects/{REPO}/builds/travis/50").json()["attempts"][0]["jobs"]
    assert [job["critical"] for job in jobs] == [True, False, True]


def test_two_jobs_of_one_name_side_by_side_are_no_tries_of_one(service: Service) -> None:
    usual = usual_builds(12, Planned("test"), Planned("test", steps=(("install", 20.0),)))
    late = Planned("test", waits=300.0, steps=(("install", 20.0),))
    found = explained(service, usual, a_build(50, Planned("test"), late))
    assert "because job 50.2 waited 4 m 56 s for a worker" in sentence(found)


def test_a_job_that_is_not_run_again_is_no_part_of_the_new_attempt(service: Service) -> None:
    first, again = a_build(50, *USUAL), a_build(50, *USUAL, attempt=2)
    job = again.jobs[0]
    retried = replace(
        job,
        queued_at=later(job.queued_at),
        started_at=later(job.started_at),
        finished_at=later(job.finished_at),
    )
    service.tasks.land(replace(first, result=Result.FAILED))
    now = replace(
        again, started_at=retried.started_at, finished_at=retried.finished_at, jobs=(retried, again.jobs[1])
    )
    found = explained(service, usual_builds(), now)
    assert part(found, "between")["seconds"] == 0
    jobs = service.get(f"/api/v1/projects/{REPO}/builds/travis/50").json()["attempts"][-1]["jobs"]
    assert [job["critical"] for job in jobs] == [True]


def test_a_job_that_is_mostly_waited_for_and_did_not_run_is_named(service: Service) -> None:
    """As where only what failed is run again."""
    lint = Planned("lint", stage="lint", waits=10.0, steps=(("all", 100.0),), outside=0.0)
    test = Planned("test", stage="test", waits=5.0, queued=lint.ends)
    found = explained(service, usual_builds(12, lint, test), a_build(50, replace(test, queued=0.0)))
    assert sentence(found) == (
        "1 m 45 s shorter than usual, because job lint (python) did not run (usually 1 m 40 s of its "
        "critical path)."
    )


@pytest.mark.parametrize(
    ("ran", "said"),
    [
        (False, "shorter than usual, because job deploy (python) did not run (it ran in 10"),
        (True, "longer than usual, because job deploy (python) ran (it ran in only 10"),
    ],
)
def test_a_job_that_some_builds_have_is_the_cause_where_it_makes_the_difference(
    service: Service, ran: bool, said: str
) -> None:
    """As a deploy: of builds with and without one the median is none that any of them takes."""
    test, deploy = Planned("test", steps=(("test", 100.0),)), Planned("deploy", steps=(("ship", 60.0),))
    with_deploy = (test, replace(deploy, queued=test.ends))
    before = [a_build(number, *(with_deploy if number % 2 else (test,))) for number in range(20)]
    found = explained(service, before, a_build(50, *(with_deploy if ran else (test,))))
    assert sentence(found) == f"45 s {said} of the 20 builds before)."
    [cause] = found["verdict"]["causes"]
    assert abs(cause["difference"]) == pytest.approx(45.0)


def test_that_a_job_ran_which_most_builds_have_is_no_cause() -> None:
    test, deploy = Planned("test"), Planned("deploy")
    before = []
    for number in range(20):
        of, jobs = rows_of(a_build(number, *((test, deploy) if number < 12 else (test,))))
        times = timed(of, jobs)
        assert times
        before.append(EarlierBuild(jobs, times))
    kinds = []
    for planned in ((test, deploy), (test,)):
        of, jobs = rows_of(a_build(50, *planned))
        times = timed(of, jobs)
        assert times
        kinds.append([cause.kind for cause in occasional_jobs(times, jobs, before, 100.0)])
    assert kinds == [[], ["left_out"]]
