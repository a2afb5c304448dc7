"""A wait for a worker is told as long as it was, from booting, and from a wait for other jobs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from buildtimetrend.model import Result
from buildtimetrend.web.analysis.explained.table import table_lines
from tests.web.conftest import Service
from tests.web.explained_builds import (
    REPO,
    STEPS,
    USUAL,
    Planned,
    a_build,
    explained,
    part,
    sentence,
    usual_builds,
    with_first,
)


def a_pair(first: float, second: float) -> tuple[Planned, Planned]:
    """By how long they wait; the second one ends last."""
    return Planned("slow", waits=second), replace(USUAL[1], waits=first)


def two_jobs(
    one: tuple[float, float, float] = (10.0, 60.0, 60.0), two: tuple[float, float, float] = (34.0, 60.0, 70.0)
) -> tuple[Planned, Planned]:
    """Of the seconds that each waits, installs and tests: usually the second job ends last."""
    first, second = (
        Planned(name, waits=waits, boots=2.0, steps=(("install", install), ("test", test)), outside=0.0)
        for name, (waits, install, test) in (("one", one), ("two", two))
    )
    return first, second


def test_a_job_that_waited_is_named_and_no_step(service: Service) -> None:
    longer = tuple((name, seconds + 3) for name, seconds in STEPS.items())
    found = explained(service, usual_builds(), a_build(50, *with_first(waits=300.0, steps=longer)))
    assert sentence(found) == (
        "4 m 42 s longer than usual, because job 50.1 waited 4 m 56 s for a worker (usually 20 s)."
    )
    waiting = part(found, "waiting")
    # The wall time begins with the other job, 10 s after the build was queued.
    assert (waiting["seconds"], waiting["usual"], waiting["difference"]) == (286, 10, 276)
    assert part(found, "step", "test")["difference"] == pytest.approx(3)
    assert part(found, "other")["difference"] == pytest.approx(3)
    assert found["difference"] == pytest.approx(282)


def test_a_wait_in_place_of_another_jobs_wait_makes_no_build_longer(service: Service) -> None:
    """It waited 24 s longer than that job usually does, and 2 s longer than is usual for the build."""
    now = two_jobs((36.0, 72.0, 66.0), (10.0, 60.0, 70.0))
    found = explained(service, usual_builds(12, *two_jobs()), a_build(50, *now))
    assert sentence(found) == (
        "10 s longer than usual, because `install` in job 50.1 took 12 s longer (1 m 12 s, usually 1 m); "
        "all else took 2.0 s less."
    )
    assert part(found, "waiting")["difference"] == pytest.approx(2)
    assert part(found, "step", "install")["difference"] == pytest.approx(12)


def test_where_a_job_alone_does_not_explain_it_the_sentence_says_what_the_table_does(
    service: Service,
) -> None:
    now = two_jobs((52.0, 60.0, 60.0), (10.0, 60.0, 70.0))
    found = explained(service, usual_builds(12, *two_jobs()), a_build(50, *now))
    assert sentence(found) == (
        "8.0 s longer than usual, because it waited 40 s for a worker for job 50.1 (usually 22 s), "
        "though `test` on its critical path took 10 s less (1 m, usually 1 m 10 s)."
    )
    assert (part(found, "waiting")["seconds"], part(found, "waiting")["usual"]) == (40, 22)
    assert (part(found, "step", "test")["seconds"], part(found, "step", "test")["usual"]) == (60, 70)


def test_a_wait_that_began_long_before_the_build_did_is_told_from_then_on(service: Service) -> None:
    quick = replace(USUAL[1], waits=200.0)
    usual, now = (Planned("slow", waits=waits) for waits in (240.0, 340.0))
    found = explained(service, usual_builds(12, usual, quick), a_build(50, now, quick))
    assert sentence(found) == (
        "1 m 40 s longer than usual, because it waited 2 m 16 s for a worker for job 50.1 (usually 36 s)."
    )
    assert found["verdict"]["brief"] == "job 50.1 waited 2 m 16 s"
    assert found["verdict"]["more"] == "The other job had ended after 36 s."
    assert (part(found, "waiting")["seconds"], part(found, "waiting")["usual"]) == (136, 36)


def test_a_wait_that_is_as_long_as_ever_is_told_from_when_the_others_began(service: Service) -> None:
    """They had waited as long as it usually does, and no longer do."""
    usual, now = a_pair(200.0, 210.0), a_pair(110.0, 210.0)
    found = explained(service, usual_builds(12, *usual), a_build(50, *now))
    assert sentence(found) == (
        "1 m 30 s longer than usual, because it waited 1 m 36 s for a worker for job 50.1 (usually 6.0 s)."
    )


def test_a_job_that_did_not_wait_is_said_to_have_not(service: Service) -> None:
    usual, now = a_pair(200.0, 290.0), a_pair(200.0, 200.0)
    found = explained(service, usual_builds(12, *usual), a_build(50, *now))
    assert sentence(found) == (
        "1 m 30 s shorter than usual, because it did not wait for a worker for job 50.1 (usually 1 m 26 s)."
    )


def test_a_wait_of_one_of_several_jobs_that_began_long_before_has_its_own_usual_time(
    service: Service,
) -> None:
    def staged(waits: float) -> tuple[Planned, ...]:
        build = Planned("build", stage="test", steps=(("all", 100.0),), outside=0.0, waits=waits)
        other = Planned("other", stage="test", steps=(("all", 10.0),), waits=200.0)
        deploy = Planned("deploy", stage="deploy", steps=(("push", 20.0),), outside=0.0, waits=build.ends + 5)
        return build, other, deploy

    found = explained(service, usual_builds(12, *staged(240.0)), a_build(50, *staged(340.0)))
    assert sentence(found) == (
        "1 m 40 s longer than usual, because it waited 2 m 16 s for a worker for job 50.1 (usually 36 s)."
    )
    assert (part(found, "waiting")["seconds"], part(found, "waiting")["usual"]) == (137, 37)


def test_booting_is_told_from_waiting(service: Service) -> None:
    found = explained(service, usual_builds(), a_build(50, *with_first(waits=84.0, boots=64.0)))
    assert "because job 50.1 took 1 m longer (1 m 4 s, usually 4.0 s) to boot" in sentence(found)
    assert part(found, "waiting")["difference"] == 0


def test_a_boot_that_one_side_does_not_tell_is_no_longer_or_shorter_wait(service: Service) -> None:
    found = explained(service, usual_builds(), a_build(50, *with_first(boots=None)))
    assert sentence(found) == "As usual: 1 m 50 s (usually 1 m 50 s)."
    assert part(found, "waiting")["difference"] == 0


def test_a_wait_that_only_one_side_tells_from_booting_is_said_to_hold_both(service: Service) -> None:
    found = explained(service, usual_builds(), a_build(50, *with_first(waits=300.0, boots=None)))
    assert "because job 50.1 waited and booted 5 m (usually 24 s)." in sentence(found)
    labels = [line["label"] for line in table_lines(found["verdict"]["parts"])]
    assert labels[0] == "waiting for a worker and booting"


@pytest.mark.parametrize("seconds", [-60.0, -30.0, 0.0, 60.0])
def test_shorter_is_explained_as_longer_is(service: Service, seconds: float) -> None:
    usual = (Planned("slow", waits=100.0), Planned("quick", waits=10.0, steps=(("install", 30.0),)))
    now = replace(usual[0], waits=100.0 + seconds)
    found = explained(service, usual_builds(12, *usual), a_build(50, now, usual[1]))
    expected = {
        -60.0: "1 m shorter than usual, because job 50.1 waited only 36 s for a worker (usually 1 m 36 s).",
        -30.0: "30 s shorter than usual, because job 50.1 waited only 1 m 6 s for a worker (usually "
        "1 m 36 s).",
        0.0: "As usual: 3 m 6 s (usually 3 m 6 s).",
        60.0: "1 m longer than usual, because job 50.1 waited 2 m 36 s for a worker (usually 1 m 36 s).",
    }
    assert sentence(found) == expected[seconds]


def test_the_wait_of_a_job_that_seldom_passes_is_named_as_well(service: Service) -> None:
    seldom = Planned("nightly", waits=20.0, allow_failure=True, result=Result.FAILED, steps=(("all", 10.0),))
    late = replace(seldom, waits=400.0, result=Result.PASSED, allow_failure=False, steps=(("all", 120.0),))
    found = explained(service, usual_builds(12, *USUAL, seldom), a_build(50, *USUAL, late))
    assert "because job 50.3 waited 6 m 36 s for a worker (usually 16 s)" in sentence(found)
    assert found["jobs"] == 3
    [cause] = found["verdict"]["causes"]
    assert (cause["kind"], cause["seconds"], cause["usual"]) == ("waiting", 386, 6)


def test_a_job_that_waits_for_an_earlier_stage_does_not_wait_for_a_worker(service: Service) -> None:
    def staged(seconds: float) -> tuple[Planned, ...]:
        build = Planned("build", stage="test", steps=(("all", seconds),), outside=0.0, waits=10.0)
        # Queued with its build, as some CIs say, though it could not begin before the stage before had ended.
        deploy = Planned("deploy", stage="deploy", steps=(("push", 20.0),), outside=0.0, waits=build.ends + 5)
        return build, deploy

    found = explained(service, usual_builds(12, *staged(100.0)), a_build(50, *staged(400.0)))
    assert "because `all` in job 50.1 took 5 m longer" in sentence(found)
    assert part(found, "waiting")["difference"] == 0
    jobs = service.get(f"/api/v1/projects/{REPO}/builds/travis/50").json()["attempts"][0]["jobs"]
    assert {one["number"]: one["waited"] for one in jobs} == {"50.1": 6, "50.2": 1}


def test_a_job_that_waited_while_others_ran_waited_for_no_job(service: Service) -> None:
    late = Planned("slow", waits=500.0)
    found = explained(service, usual_builds(), a_build(50, late, USUAL[1]))
    jobs = service.get(f"/api/v1/projects/{REPO}/builds/travis/50").json()["attempts"][0]["jobs"]
    assert [job["critical"] for job in jobs] == [True, False]
    assert "job 50.1 waited 8 m 16 s" in sentence(found)


def test_without_queue_times_a_wait_is_not_made_up(service: Service) -> None:
    unknown = tuple(replace(job, queued=None) for job in USUAL)
    found = explained(
        service, usual_builds(12, *unknown), a_build(50, replace(unknown[0], waits=300.0), unknown[1])
    )
    assert (part(found, "waiting")["seconds"], part(found, "waiting")["usual"]) == (0, 0)
    assert "for a worker" not in sentence(found)
