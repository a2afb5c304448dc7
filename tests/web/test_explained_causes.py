"""Which steps and waits are named as causes of a longer or shorter build, and what is said of the rest."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import get_args

import pytest

from buildtimetrend import text
from buildtimetrend.web.analysis.explained.cause_words import KINDS
from buildtimetrend.web.analysis.explained.causes import Kind
from tests.web.conftest import Service
from tests.web.explained_builds import (
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


@pytest.mark.parametrize(("more", "rest"), [(8.0, "16 s longer"), (-4.0, "8.0 s less"), (0.5, "")])
def test_what_the_cause_leaves_of_the_difference_is_told(service: Service, more: float, rest: str) -> None:
    steps = tuple((name, seconds + more) for name, seconds in STEPS.items())
    found = explained(service, usual_builds(), a_build(50, *with_first(waits=60.0, steps=steps)))
    all_else = f"; all else took {rest}" if rest else ""
    assert f"because job 50.1 waited 56 s for a worker (usually 20 s){all_else}." in sentence(found)


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


def test_what_makes_up_for_little_of_a_cause_is_not_named(service: Service) -> None:
    usual = Planned("slow", steps=(("a", 100.0), ("b", 60.0), ("c", 40.0)))
    now = Planned("slow", waits=90.0, steps=(("a", 91.0), ("b", 51.0), ("c", 33.0)))
    found = explained(service, usual_builds(12, usual, USUAL[1]), a_build(50, now, USUAL[1]))
    assert sentence(found) == (
        "41 s longer than usual, because job 50.1 waited 1 m 26 s for a worker (usually 20 s), "
        "though what it ran took 25 s less than usual."
    )


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


def test_a_step_that_is_new_and_one_that_is_gone_are_named(service: Service) -> None:
    before = usual_builds()
    new = explained(service, before, a_build(50, *with_first(steps=(*STEPS.items(), ("lint", 40.0)))))
    assert "because `lint` in job 50.1 took 40 s and has no usual time yet" in sentence(new)
    gone = explained(service, [], a_build(51, *with_first(steps=(("test", 60.0),))))
    assert "because `install` in job 51.1 did not run (usually 30 s)" in sentence(gone)


def test_every_kind_of_cause_has_its_words() -> None:
    assert {*KINDS} == set(get_args(Kind))
