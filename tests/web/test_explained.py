"""Why a build took longer or less than usual: waiting, booting and steps along its critical path."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildtimetrend import text
from buildtimetrend.critical_path.timings import timed
from buildtimetrend.enough import SIDE
from buildtimetrend.model import Build, Exit, Job, LogState, Matrix, Result, Step, Worker
from buildtimetrend.store.reads import Usual
from buildtimetrend.web.analysis.explained.at_times import at_times
from buildtimetrend.web.analysis.explained.causes import Kind
from buildtimetrend.web.analysis.explained.kinds import KINDS
from buildtimetrend.web.analysis.explained.lines import lines
from buildtimetrend.web.analysis.explained.parts import Before
from buildtimetrend.web.analysis.explained.verdict import verdict
from tests.web.conftest import INSTANCE, NOW, Service

REPO = "owner/name"
STEPS = {"install": 30.0, "test": 60.0}


@dataclass(frozen=True)
class Planned:
    """A job: queued and begun so many seconds after its build was queued."""

    name: str
    waits: float = 24.0
    boots: float | None = 4.0
    steps: tuple[tuple[str, float], ...] = tuple(STEPS.items())
    outside: float = 6.0
    queued: float | None = 0.0
    stage: str | None = None
    result: Result = Result.PASSED
    allow_failure: bool = False

    @property
    def starts(self) -> float:
        return (self.queued or 0.0) + self.waits

    @property
    def ends(self) -> float:
        return self.starts + sum(seconds for _, seconds in self.steps) + self.outside


def a_build(number: int, *planned: Planned, result: Result = Result.PASSED, **values: Any) -> Build:
    queued = NOW - timedelta(hours=100 - number)
    waited_for = [job for job in planned if not job.allow_failure] or planned
    return Build(
        provider="travis",
        instance=INSTANCE,
        repo=REPO,
        id=str(number),
        number=str(number),
        result=result,
        raw_result=str(result),
        queued_at=queued,
        started_at=queued + timedelta(seconds=min(job.starts for job in planned)),
        finished_at=queued + timedelta(seconds=max(job.ends for job in waited_for)),
        jobs=tuple(_job(number, place, job, queued) for place, job in enumerate(planned, 1)),
        **values,
    )


def _job(number: int, place: int, job: Planned, queued: datetime) -> Job:
    started = queued + timedelta(seconds=job.starts)
    steps, at = [], started.timestamp()
    for name, seconds in job.steps:
        steps.append(Step(name, "script", f"run {name}", round(at * 1e9), round((at + seconds) * 1e9)))
        at += seconds
    return Job(
        id=f"{number}0{place}",
        number=f"{number}.{place}",
        name=job.name,
        stage=job.stage,
        result=job.result,
        raw_result=str(job.result),
        queued_at=None if job.queued is None else queued + timedelta(seconds=job.queued),
        started_at=started,
        finished_at=queued + timedelta(seconds=job.ends),
        allow_failure=job.allow_failure,
        matrix=Matrix("python", {}),
        worker=Worker(boot_time=job.boots),
        log=LogState.COMPLETE,
        steps=tuple(steps),
    )


def explained(service: Service, before: list[Build], build: Build) -> dict[str, Any]:
    for one in (*before, build):
        service.tasks.land(one)
    answer = service.get(f"/api/v1/projects/{REPO}/builds/travis/{build.number}").json()
    found: dict[str, Any] = answer["attempts"][-1]["build"]
    adds_up(found)
    return found


def adds_up(build: dict[str, Any]) -> None:
    parts = build["verdict"]["parts"]
    if build["difference"] is None:
        assert not parts
        return
    for name, whole in (("seconds", "duration"), ("usual", "usual"), ("difference", "difference")):
        assert sum(part[name] or 0 for part in parts) == pytest.approx(build[whole], abs=1e-3), name


def sentence(build: dict[str, Any]) -> str:
    said: str = build["verdict"]["sentence"]
    return said


def later(instant: datetime | None) -> datetime:
    assert instant is not None
    return instant + timedelta(hours=1)


def part(build: dict[str, Any], kind: str, step: str | None = None) -> dict[str, Any]:
    parts: list[dict[str, Any]] = build["verdict"]["parts"]
    found = [one for one in parts if (one["kind"], one["step"]) == (kind, step)]
    assert len(found) == 1
    return found[0]


USUAL = (Planned("slow"), Planned("quick", waits=10.0, steps=(("install", 30.0),)))


def usual_builds(count: int = 12, *planned: Planned) -> list[Build]:
    return [a_build(number, *(planned or USUAL)) for number in range(1, count + 1)]


def with_first(**changes: Any) -> tuple[Planned, ...]:
    return replace(USUAL[0], **changes), *USUAL[1:]


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


@pytest.mark.parametrize(("more", "rest"), [(8.0, "16 s longer"), (-4.0, "8.0 s less"), (0.5, "")])
def test_what_the_cause_leaves_of_the_difference_is_told(service: Service, more: float, rest: str) -> None:
    steps = tuple((name, seconds + more) for name, seconds in STEPS.items())
    verdict = explained(service, usual_builds(), a_build(50, *with_first(waits=60.0, steps=steps)))["verdict"]
    assert "because job 50.1 waited 56 s for a worker (usually 20 s)." in verdict["sentence"]
    assert ("All else" in verdict["more"], rest in verdict["more"]) == (bool(rest), True)
    if rest:
        assert verdict["more"].startswith(f"All else took {rest}.")


def test_a_step_that_took_longer_is_named_with_its_job(service: Service) -> None:
    found = explained(
        service, usual_builds(), a_build(50, *with_first(steps=(("install", 30.0), ("test", 110.0))))
    )
    assert sentence(found) == (
        "50 s longer than usual, because `test` in job 50.1 took 50 s longer (1 m 50 s, usually 1 m)."
    )


def test_two_causes_are_both_named(service: Service) -> None:
    steps = (("install", 30.0), ("test", 110.0))
    found = explained(service, usual_builds(), a_build(50, *with_first(waits=124.0, steps=steps)))
    assert (
        "because job 50.1 waited 2 m for a worker (usually 20 s) and `test` in job 50.1 took 50 s"
        in sentence(found)
    )


def test_a_longer_wait_is_named_with_the_shorter_run_that_makes_up_for_half_of_it(service: Service) -> None:
    found = explained(
        service,
        usual_builds(),
        a_build(50, *with_first(waits=124.0, steps=(("install", 30.0), ("test", 10.0)))),
    )
    assert sentence(found) == (
        "50 s longer than usual, because job 50.1 waited 2 m for a worker (usually 20 s), "
        "though `test` in job 50.1 took 50 s less (10 s, usually 1 m)."
    )
    assert found["verdict"]["brief"] == f"job 50.1 waited 2 m; `test` {text.MINUS}50 s"
    assert (part(found, "waiting")["difference"], part(found, "step", "test")["difference"]) == (100, -50)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (
            130.0,
            "30 s longer than usual, because job 50.1 waited 5 m 20 s for a worker (usually 20 s), "
            "though `test` in job 50.1 took 4 m 30 s less (2 m 10 s, usually 6 m 40 s).",
        ),
        (
            70.0,
            "30 s shorter than usual, because `test` in job 50.1 took 5 m 30 s less (1 m 10 s, usually "
            "6 m 40 s), though job 50.1 waited 5 m 20 s for a worker (usually 20 s).",
        ),
    ],
)
def test_a_small_difference_of_two_large_ones_names_both(service: Service, seconds: float, said: str) -> None:
    usual = (Planned("slow", steps=(("test", 400.0),)), USUAL[1])
    now = Planned("slow", waits=324.0, steps=(("test", seconds),))
    assert sentence(explained(service, usual_builds(12, *usual), a_build(50, now, USUAL[1]))) == said


def test_what_several_steps_make_up_for_is_the_cause(service: Service) -> None:
    usual = Planned("slow", steps=(("a", 100.0), ("b", 100.0), ("c", 100.0)))
    now = Planned("slow", steps=(("a", 190.0), ("b", 70.0), ("c", 65.0)))
    found = explained(service, usual_builds(12, usual, USUAL[1]), a_build(50, now, USUAL[1]))
    assert sentence(found) == (
        "25 s longer than usual, because `a` in job 50.1 took 1 m 30 s longer (3 m 10 s, usually 1 m 40 s), "
        "though what else it ran took 1 m 5 s less than usual."
    )
    assert found["verdict"]["brief"] == f"`a` +1 m 30 s; what else it ran {text.MINUS}1 m 5 s"
    assert [(one["kind"], one["difference"]) for one in found["verdict"]["causes"]] == [
        ("step", pytest.approx(90)),
        ("rest", pytest.approx(-65)),
    ]
    assert part(found, "step", "a")["difference"] == pytest.approx(90)


@pytest.mark.parametrize("sign", [1, -1])
def test_what_a_wait_and_several_steps_make_up_for_together_is_the_cause(service: Service, sign: int) -> None:
    """Neither of them does so alone."""
    usual = Planned("slow", waits=40.0, steps=(("a", 100.0), ("b", 40.0), ("c", 40.0)))
    now = Planned(
        "slow",
        waits=40.0 - sign * 12,
        steps=(("a", 100.0 + sign * 46), *((one, 40.0 - sign * 9.5) for one in "bc")),
    )
    quick = Planned("quick", waits=4.0, steps=(("install", 30.0),))
    found = explained(service, usual_builds(12, usual, quick), a_build(50, now, quick))
    more, less = ("longer", "less")[::sign]
    took = text.duration(100.0 + sign * 46)
    wait = "only 24 s" if sign > 0 else "48 s"
    assert sentence(found) == (
        f"15 s {'longer' if sign > 0 else 'shorter'} than usual, because `a` in job 50.1 took 46 s {more} "
        f"({took}, usually 1 m 40 s), though job 50.1 waited {wait} for a worker (usually 36 s) "
        f"and what else it ran took 19 s {less} than usual."
    )
    assert sum(one["difference"] for one in found["verdict"]["causes"]) == pytest.approx(sign * 15)


def test_two_causes_that_a_shorter_wait_makes_up_for_are_both_named(service: Service) -> None:
    usual = Planned("slow", waits=44.0, steps=(("a", 100.0), ("b", 40.0)))
    now = Planned("slow", waits=14.0, steps=(("a", 131.0), ("b", 59.0)))
    quick = Planned("quick", waits=10.0, steps=(("install", 30.0),))
    found = explained(service, usual_builds(12, usual, quick), a_build(50, now, quick))
    assert [(one["kind"], one["step"]) for one in found["verdict"]["causes"]] == [
        ("step", "a"),
        ("step", "b"),
        ("waiting", None),
    ]


@pytest.mark.parametrize("more", [0.0, 40.0])
def test_steps_that_take_turns_leave_no_job_less_than_nothing_outside_of_them(
    service: Service, more: float
) -> None:
    """Their medians add up to twice of what the job runs."""
    turns = [
        Planned("slow", steps=(("a", 100.0), ("b", 1.0))),
        Planned("slow", steps=(("a", 1.0), ("b", 100.0))),
        Planned("slow", steps=(("a", 100.0), ("b", 100.0))),
    ]
    before = [a_build(number, turns[number % 3]) for number in range(1, 16)]
    now = replace(turns[0], waits=24.0 + more, outside=90.0)
    found = explained(service, before, a_build(50, now))
    assert f"usually {text.MINUS}" not in sentence(found)
    assert all((cause["usual"] or 0.0) >= 0 for cause in found["verdict"]["causes"])


def two_jobs(
    one: tuple[float, float, float] = (10.0, 60.0, 60.0), two: tuple[float, float, float] = (34.0, 60.0, 70.0)
) -> tuple[Planned, Planned]:
    """Of the seconds that each waits, installs and tests: usually the second job ends last."""
    first, second = (
        Planned(name, waits=waits, boots=2.0, steps=(("install", install), ("test", test)), outside=0.0)
        for name, (waits, install, test) in (("one", one), ("two", two))
    )
    return first, second


def test_a_wait_in_place_of_another_jobs_wait_makes_no_build_longer(service: Service) -> None:
    """It waited 24 s longer than that job usually does, and 2 s longer than is usual for the build."""
    now = two_jobs((36.0, 72.0, 66.0), (10.0, 60.0, 70.0))
    found = explained(service, usual_builds(12, *two_jobs()), a_build(50, *now))
    assert sentence(found) == (
        "10 s longer than usual, because `install` in job 50.1 took 12 s longer (1 m 12 s, usually 1 m)."
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


def test_what_makes_up_for_little_of_a_cause_is_not_named(service: Service) -> None:
    usual = Planned("slow", steps=(("a", 100.0), ("b", 60.0), ("c", 40.0)))
    now = Planned("slow", waits=90.0, steps=(("a", 91.0), ("b", 51.0), ("c", 33.0)))
    found = explained(service, usual_builds(12, usual, USUAL[1]), a_build(50, now, USUAL[1]))
    assert sentence(found) == (
        "41 s longer than usual, because job 50.1 waited 1 m 26 s for a worker (usually 20 s), "
        "though what it ran took 25 s less than usual."
    )


def a_pair(first: float, second: float) -> tuple[Planned, Planned]:
    """By how long they wait; the second one ends last."""
    return Planned("slow", waits=second), replace(USUAL[1], waits=first)


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


def test_what_several_make_up_for_is_named_with_all_that_ran(service: Service) -> None:
    usual = Planned("slow", steps=(("a", 100.0), ("b", 100.0), ("c", 100.0)))
    now = Planned("slow", waits=124.0, steps=(("a", 60.0), ("b", 65.0), ("c", 100.0)))
    found = explained(service, usual_builds(12, usual, USUAL[1]), a_build(50, now, USUAL[1]))
    assert sentence(found) == (
        "25 s longer than usual, because job 50.1 waited 2 m for a worker (usually 20 s), "
        "though what it ran took 1 m 15 s less than usual."
    )
    assert "What it ran" not in found["verdict"]["more"]  # once is enough


def test_without_a_single_cause_the_largest_parts_are_listed(service: Service) -> None:
    many = tuple((f"step {n}", 20.0) for n in range(8))
    slower = tuple((name, seconds + 5) for name, seconds in many)
    before = usual_builds(12, Planned("slow", steps=many))
    found = explained(service, before, a_build(50, Planned("slow", steps=slower)))
    assert re.fullmatch(
        r"40 s longer than usual; no single cause: (`step \d` \+5\.0 s, ){3}other steps \+25 s\.",
        sentence(found),
    )


def test_without_a_single_cause_the_sentence_has_the_figures_of_the_table(service: Service) -> None:
    """Usual parts are made to add up to the usual wall time: of these builds by 2 %."""
    steps = [(f"step {n}", 20.0) for n in range(8)]

    def took(*more: float) -> tuple[Planned, ...]:
        given = zip(steps, (*more, *[0.0] * 8), strict=False)
        return (Planned("slow", steps=tuple((name, seconds + late) for (name, seconds), late in given)),)

    before = [a_build(n, *took(*([0.0] * (n % 4)), 3.0 * n)) for n in range(1, 15)]
    found = explained(service, before, a_build(50, *took(20, 18, 16, 14, 12, 10, 8, 6)))
    assert "no single cause" in sentence(found)
    assert sentence(found).endswith(f", other steps {text.difference(part(found, 'other')['difference'])}.")
    listed = re.findall(r"`(step \d)` \+([\d.]+) s", sentence(found))
    assert len(listed) == 3
    for step, seconds in listed:
        assert text.difference(part(found, "step", step)["difference"]) == f"+{seconds} s"


def test_booting_is_told_from_waiting(service: Service) -> None:
    found = explained(service, usual_builds(), a_build(50, *with_first(waits=84.0, boots=64.0)))
    assert "because job 50.1 took 1 m longer (1 m 4 s, usually 4.0 s) to boot" in sentence(found)
    assert part(found, "waiting")["difference"] == 0


def test_a_boot_that_one_side_does_not_tell_is_no_longer_or_shorter_wait(service: Service) -> None:
    found = explained(service, usual_builds(), a_build(50, *with_first(boots=None)))
    assert sentence(found) == "As usual: 1 m 50 s (usually 1 m 50 s)."
    assert part(found, "waiting")["difference"] == 0


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


def test_a_step_that_is_new_and_one_that_is_gone_are_named(service: Service) -> None:
    before = usual_builds()
    new = explained(service, before, a_build(50, *with_first(steps=(*STEPS.items(), ("lint", 40.0)))))
    assert "because `lint` in job 50.1 took 40 s and has no usual time yet" in sentence(new)
    gone = explained(service, [], a_build(51, *with_first(steps=(("test", 60.0),))))
    assert "because `install` in job 51.1 did not run (usually 30 s)" in sentence(gone)


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


def test_a_build_that_did_not_pass_is_not_compared(service: Service) -> None:
    failing = a_build(
        50, replace(USUAL[0], result=Result.FAILED, steps=(("install", 2.0),)), result=Result.FAILED
    )
    job = replace(failing.jobs[0], exit=Exit("failed", 2, "make `x`", "script", None))
    found = explained(service, usual_builds(), replace(failing, jobs=(job,)))
    assert sentence(found) == (
        "Failed after 8.0 s: `make 'x'` exited with 2 in job 50.1. "
        "Wall time is compared for passed builds only."
    )
    assert (found["difference"], found["verdict"]["parts"]) == (None, [])
    page = service.get("/build/travis/owner/name/50").text
    assert "delta slower" not in page
    assert "delta faster" not in page


def test_a_failed_build_is_told_by_its_step_or_job_where_no_command_is_known(service: Service) -> None:
    planned = replace(USUAL[0], result=Result.FAILED, steps=(("install", 2.0),))
    failing = a_build(50, planned, result=Result.FAILED)
    (job,) = failing.jobs
    steps = (job.steps[0]._replace(result=Result.FAILED),)
    by_step = explained(service, usual_builds(), replace(failing, jobs=(replace(job, steps=steps),)))
    assert sentence(by_step).startswith("Failed after 8.0 s: `install` failed in job 50.1. Wall time")
    by_job = explained(service, [], replace(failing, attempt=2))
    assert sentence(by_job).startswith("Failed after 8.0 s: job 50.1. Wall time")
    canceled = replace(job, result=Result.CANCELED)
    nobody = explained(service, [], replace(failing, attempt=3, result=Result.CANCELED, jobs=(canceled,)))
    assert sentence(nobody).startswith("Canceled after 8.0 s. Wall time")


def test_how_long_a_job_took_is_said_of_it_and_not_the_time_of_its_build(service: Service) -> None:
    failing = a_build(
        50,
        replace(USUAL[0], result=Result.FAILED, steps=(("install", 2.0),)),
        Planned("late", waits=600.0),
        result=Result.FAILED,
    )
    job = replace(failing.jobs[0], exit=Exit("failed", 2, "make", "script", None))
    found = explained(service, usual_builds(), replace(failing, jobs=(job, failing.jobs[1])))
    assert sentence(found) == (
        "Failed: `make` exited with 2 in job 50.1, which ran for 8.0 s. "
        "Wall time is compared for passed builds only."
    )
    endless = replace(job, started_at=None, finished_at=None)
    again = explained(service, [], replace(failing, attempt=2, jobs=(endless, failing.jobs[1])))
    assert sentence(again).startswith("Failed: `make` exited with 2 in job 50.1. ")


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("canceled", "was canceled"),
        ("log_limit", "was stopped for a log beyond the CI's limit"),
        ("of a later version", "ended with an error"),
        (None, "ended with an error"),
    ],
)
def test_how_a_command_without_an_exit_code_ended_is_said_in_words(
    service: Service, reason: str | None, said: str
) -> None:
    ended = a_build(50, replace(USUAL[0], result=Result.CANCELED), result=Result.CANCELED)
    job = replace(ended.jobs[0], exit=Exit(reason, None, "make", "script", None))
    found = sentence(explained(service, usual_builds(), replace(ended, jobs=(job,))))
    assert f": `make` {said} in job 50.1" in found


@pytest.mark.parametrize(
    ("before", "said"), [(0, "0 passed builds"), (1, "1 passed build"), (9, "9 passed builds")]
)
def test_too_few_builds_make_nothing_usual(service: Service, before: int, said: str) -> None:
    found = explained(service, usual_builds(before), a_build(50, *with_first(waits=300.0)))
    assert sentence(found) == f"No usual yet: {said} so far, 10 are needed."
    assert (found["usual"], found["difference"], found["compared_builds"]) == (None, None, before)


def test_ten_builds_are_enough(service: Service) -> None:
    found = explained(service, usual_builds(10), a_build(50, *with_first(waits=300.0)))
    assert "because job 50.1 waited" in sentence(found)


def test_the_page_says_why_and_its_lines_add_up(service: Service) -> None:
    explained(service, usual_builds(), a_build(50, *with_first(waits=300.0)))
    page = service.get("/build/travis/owner/name/50").text
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "4 m 36 s longer than usual, because job 50.1 waited 4 m 56 s for a worker (usually 20 s)." in text
    said = "waiting for a worker 4 m 46 s 10 s ▲ +4 m 36 s"
    assert said in text
    # The job's own wait is the one of the sentence wherever it is shown; booting is apart.
    assert "Waited 4 m 56 s for a worker, which booted for 4.0 s." in text
    assert "UTC 4 m 56 s 4.0 s 1 m 36 s" in text
    assert "Wall time begins with the first job. Job 50.1 had waited 10 s before that." in text
    assert re.search(r"wall time 6 m 26 s 1 m 50 s ▲ \+4 m 36 s", text)


def test_a_wait_that_only_one_side_tells_from_booting_is_said_to_hold_both(service: Service) -> None:
    found = explained(service, usual_builds(), a_build(50, *with_first(waits=300.0, boots=None)))
    assert "because job 50.1 waited and booted 5 m (usually 24 s)." in sentence(found)
    labels = [line["label"] for line in lines(found["verdict"]["parts"])]
    assert labels[0] == "waiting for a worker and booting"


PLANNED = st.builds(
    Planned,
    name=st.sampled_from(["one", "two", "three"]),
    waits=st.integers(0, 600).map(float),
    boots=st.none() | st.integers(0, 60).map(float),
    steps=st.lists(
        st.tuples(st.sampled_from(["install", "test", "lint"]), st.integers(0, 300).map(float)), max_size=4
    ).map(tuple),
    outside=st.integers(0, 20).map(float),
    queued=st.none() | st.integers(0, 300).map(float),
    stage=st.sampled_from([None, "test", "deploy"]),
    allow_failure=st.booleans(),
)


def rows_of(build: Build) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """As the store gives them: of the build, and of its jobs with their steps."""
    times = {"started_at": build.started_at, "finished_at": build.finished_at, "result": str(build.result)}
    jobs = [
        {name: getattr(job, name) for name in ("number", "name", "stage", "allow_failure", "queued_at")}
        | {"matrix": job.matrix.summary, "result": str(job.result), "job_id": job.id}
        | {"started_at": job.started_at, "finished_at": job.finished_at, "boot_time": job.worker.boot_time}
        | {"build_id": build.id, "attempt": 1}
        | {f"build_{name}": instant for name, instant in times.items()}
        | {
            "steps": [
                {"key": step.name, "phase": "", "depth": 0, "duration": step.duration} for step in job.steps
            ]
        }
        for job in build.jobs
    ]
    return times, jobs


def usual_of(builds: list[Build]) -> Usual:
    jobs = [job for build in builds for job in build.jobs]
    durations, steps = defaultdict(list), defaultdict(list)
    for job in jobs:
        durations[job.matrix.summary, job.name].append(job.duration or 0.0)
        for step in job.steps:
            steps[job.matrix.summary, job.name, step.name].append(step.duration)
    return Usual(
        builds=len(builds),
        duration=median(build.duration or 0.0 for build in builds),
        jobs={name: median(found) for name, found in durations.items() if len(found) >= SIDE},
        steps={name: median(found) for name, found in steps.items() if len(found) >= SIDE},
        passed_jobs=[row for build in builds for row in rows_of(build)[1]],
    )


@given(
    before=st.lists(st.lists(PLANNED, min_size=1, max_size=3), min_size=10, max_size=12),
    now=st.lists(PLANNED, min_size=1, max_size=4),
)
def test_the_parts_add_up_to_the_difference_in_wall_time(
    before: list[list[Planned]], now: list[Planned]
) -> None:
    usual = usual_of([a_build(number, *planned) for number, planned in enumerate(before, 1)])
    build, jobs = rows_of(a_build(50, *now))
    times = timed(build, jobs)
    assert times is not None
    assert usual.duration is not None
    found = verdict(build, jobs, times, usual)
    assert sum(part.seconds for part in found.parts) == pytest.approx(times.wall, abs=1e-6)
    assert sum(part.usual for part in found.parts) == pytest.approx(usual.duration, abs=1e-6)
    difference = times.wall - usual.duration
    assert sum(part.difference for part in found.parts) == pytest.approx(difference, abs=1e-6)
    assert all(part.seconds >= 0 and part.usual >= -1e-9 for part in found.parts if part.kind != "between")
    assert len(found.causes) <= 3
    if found.causes:
        assert found.causes[0].difference * difference > 0
        assert 0.49 < sum(cause.difference for cause in found.causes) / difference < 1.51
    waiting, booting = found.parts[:2]
    for cause in found.causes:
        if cause.kind == "waiting":
            shown = waiting.difference + (booting.difference if cause.booted else 0.0)
            assert shown * cause.difference > 0
    assert found.sentence.endswith(".")


def a_part(kind: str, seconds: float, usual: float, step: str | None = None) -> dict[str, Any]:
    of = {"kind": kind, "step": step, "seconds": seconds, "usual": usual, "booted": False}
    return of | {"difference": seconds - usual}


def test_lines_have_no_colours_where_the_build_took_as_long_as_usual() -> None:
    parts = [a_part("waiting", 8.0, 40.0), a_part("step", 374.0, 334.0, "make"), a_part("other", 60.0, 80.0)]
    assert [row["said"] for row in lines(parts)] == [False, False, False]
    parts[0] = a_part("waiting", 140.0, 40.0)
    assert [row["said"] for row in lines(parts)] == [True, True, False]


def test_a_line_of_less_than_a_quarter_of_the_difference_has_no_colour() -> None:
    parts = [a_part("booting", 4.0, 1.0), a_part("step", 72.0, 60.0, "make"), a_part("other", 60.0, 60.0)]
    assert [row["said"] for row in lines(parts)] == [False, True, False]


def test_the_lines_of_the_page_add_up_and_colour_what_matters() -> None:
    parts = [
        a_part("waiting", 100.0, 40.0),
        a_part("booting", 0.4, 0.2),
        a_part("step", 60.0, 61.0, "make"),
        a_part("other", 9.0, 5.0),
        a_part("again", 0.0, 0.0),
        a_part("between", 0.0, 20.0),
    ]
    rows = lines(parts)
    for name in ("seconds", "usual", "difference"):
        assert sum(row[name] for row in rows) == pytest.approx(sum(part[name] for part in parts))
    assert [row["label"] for row in rows] == [
        "waiting for a worker",
        "make",
        "other steps",
        "nothing known to wait or run",
    ]
    assert [row["said"] for row in rows] == [True, False, False, True]


def test_every_kind_of_cause_has_its_words() -> None:
    assert {*KINDS} == set(get_args(Kind))


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
        before.append(Before(jobs, times))
    kinds = []
    for planned in ((test, deploy), (test,)):
        of, jobs = rows_of(a_build(50, *planned))
        times = timed(of, jobs)
        assert times
        kinds.append([cause.kind for cause in at_times(times, jobs, before, 100.0)])
    assert kinds == [[], ["left_out"]]
