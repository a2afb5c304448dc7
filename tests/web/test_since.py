"""Whether what made a build take longer is over."""

from __future__ import annotations

from typing import Any

import pytest

from buildtimetrend.web.analysis.since import is_it_over


def build(word: str = "longer", usual: float = 100.0) -> dict[str, Any]:
    return {"verdict": {"word": word, "causes": [{"kind": "step", "step": "make"}]}, "usual": usual}


@pytest.mark.parametrize("word", ["as usual", "shorter", "too few", "not compared", "unknown"])
def test_nothing_is_said_of_a_build_that_did_not_take_longer(word: str) -> None:
    assert is_it_over(build(word), [200.0] * 20) == ""


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ([], "Too early to tell whether it is over: no build passed since, 10 are needed."),
        ([100.0], "Too early to tell whether it is over: 1 build passed since, 10 are needed."),
        ([100.0] * 9, "Too early to tell whether it is over: 9 builds passed since, 10 are needed."),
        ([104.0] * 10, "It is over: the 10 builds that passed since took 1 m 44 s in the median."),
        ([60.0] * 20, "It is over: the 20 builds that passed next took 1 m in the median."),
        (
            [160.0] * 20,
            "It went on: the 20 builds that passed next took 2 m 40 s in the median, "
            "1 m longer than was usual.",
        ),
    ],
)
def test_it_is_over_when_the_builds_that_passed_next_took_as_long_as_before(
    after: list[float], said: str
) -> None:
    assert is_it_over(build(), after) == said


@pytest.mark.parametrize(
    ("what", "step", "is_said"), [("step", "make", True), ("step", "lint", False), ("waiting", None, False)]
)
def test_a_finding_of_the_same_cause_says_it_in_its_place(what: str, step: str | None, is_said: bool) -> None:
    within = [{"moves": [{"what": "wall", "step": None}, {"what": what, "step": step}]}]
    assert (is_it_over(build(), [160.0] * 20, within) == "") == is_said
