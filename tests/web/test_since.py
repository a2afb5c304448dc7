"""Whether what made a build take longer is over."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from buildtimetrend.web.analysis.since import is_it_over


def build(word: str = "longer", usual: float = 100.0, difference: float = 60.0) -> dict[str, Any]:
    causes = [{"kind": "step", "step": "make", "difference": difference}]
    return {"verdict": {"word": word, "causes": causes}, "usual": usual, "difference": difference}


@pytest.mark.parametrize("word", ["as usual", "shorter", "too few", "not compared", "unknown"])
def test_nothing_is_said_of_a_build_that_did_not_take_longer(word: str) -> None:
    assert is_it_over(build(word), [200.0] * 20) == ""


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ([], "Too early to tell whether builds stay so: no build passed since, 10 are needed."),
        ([100.0], "Too early to tell whether builds stay so: 1 build passed since, 10 are needed."),
        ([100.0] * 9, "Too early to tell whether builds stay so: 9 builds passed since, 10 are needed."),
        ([104.0] * 10, "Only this build: the 10 since that passed took 1 m 44 s in the median."),
        ([60.0] * 20, "Only this build: the next 20 that passed took 1 m in the median."),
        ([160.0] * 20, "Builds stayed so: the 20 that passed next took 2 m 40 s in the median."),
        (
            [110.0] * 20,
            "Builds stayed 10 s longer than usual: the 20 that passed next took 1 m 50 s in the median.",
        ),
        (
            [160.0] * 9 + [101.0] * 11,
            "Builds stayed so: the 9 that passed next took 2 m 40 s in the median, "
            "the 11 after them 1 m 41 s, as usual.",
        ),
        (
            [130.0] * 19 + [100.0],
            "Builds stayed 30 s longer than usual: the 19 that passed next took 2 m 10 s in the median, "
            "the one after them 1 m 40 s, as usual.",
        ),
        (
            [160.0] * 3 + [101.0] * 17,
            "Most builds were shorter again: the next 20 that passed took 1 m 41 s in the median, "
            "though 3 of them about as long as this one.",
        ),
    ],
)
def test_builds_are_as_usual_again_once_those_that_passed_next_take_as_long_as_before(
    after: list[float], said: str
) -> None:
    assert is_it_over(build(), after) == said


def test_builds_that_took_longer_for_a_while_are_not_hidden_by_a_median_of_more() -> None:
    noise = np.random.default_rng(7)

    def stayed(builds: int) -> int:
        levels = np.log([124.0] * builds + [100.0] * (20 - builds))
        said = [is_it_over(build(), [*noise.lognormal(levels, 0.08)]) for _ in range(200)]
        return sum(each.startswith("Builds stayed") for each in said)

    assert stayed(8) >= 190
    assert stayed(0) <= 10


@pytest.mark.parametrize(
    ("what", "step", "is_said"), [("step", "make", True), ("step", "lint", False), ("waiting", None, False)]
)
def test_a_finding_of_the_same_cause_says_it_in_its_place(what: str, step: str | None, is_said: bool) -> None:
    within = [{"moves": [{"what": "wall", "step": None}, {"what": what, "step": step}]}]
    assert (is_it_over(build(), [160.0] * 20, within) == "") == is_said


def test_a_finding_of_what_made_up_for_the_cause_does_not_say_it() -> None:
    one = build()
    one["verdict"]["causes"].append({"kind": "waiting", "step": None, "difference": -20.0})
    of_waiting = [{"moves": [{"what": "waiting", "step": None}]}]
    assert is_it_over(one, [160.0] * 20, of_waiting)
