"""What docs/decisions.md says of the detection, on a seed that it was not made with (`make eval`)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from evaluation.scoring import scored
from evaluation.series import Series, seeded

from buildtimetrend.trends import Change, change_points

pytestmark = pytest.mark.long


def by_clock(series: Series) -> list[Change]:
    return change_points(series.values.tolist(), series.times.tolist())


@pytest.fixture(scope="module")
def figures() -> Mapping[str, float]:
    return scored(by_clock, seeded(2026, 400)).figures()


def test_what_is_told_is_true(figures: Mapping[str, float]) -> None:
    assert figures["precision"] >= 0.95
    assert figures["false per 1,000"] <= 0.1


def test_what_stands_out_is_told(figures: Mapping[str, float]) -> None:
    assert figures["found, z >= 5"] >= 0.88
    assert figures["found, >= 20 %"] >= 0.88


def test_the_range_holds_the_place_as_often_as_it_says(figures: Mapping[str, float]) -> None:
    assert 0.92 <= figures["in range"] <= 0.98
