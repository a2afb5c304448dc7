"""When jobs on an image went back."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest

from buildtimetrend.findings.recovery.on_image import OnImage, undone_on_image


def moved(day: int, times: float, image: str = "trusty") -> OnImage:
    """On that day jobs on the image began to take so many times as long."""
    at = datetime(2026, 9, 1, tzinfo=UTC) + timedelta(days=day)
    return OnImage(at, {"image": image, "by": math.log(times), "repos": [1, 2]})


SLOW = moved(9, 1.3)


@pytest.mark.parametrize("times", [1 / 1.3, 0.79, 0.72])
def test_it_is_over_with_the_first_that_goes_back_by_about_as_much(times: float) -> None:
    assert undone_on_image([moved(60, times), SLOW, moved(50, times)], 1) == 2


@pytest.mark.parametrize(
    "other",
    [
        moved(50, 0.9),  # by less
        moved(50, 0.6),  # by more
        moved(50, 1.3),  # the same way
        moved(50, 0.77, "xenial"),
        moved(2, 0.77),  # before
        OnImage(moved(50, 0.77).since_at, None),  # no other project's
    ],
)
def test_nothing_else_ends_it(other: OnImage) -> None:
    assert undone_on_image([SLOW, other], 0) is None


def test_what_no_other_project_had_ends_otherwise() -> None:
    assert undone_on_image([OnImage(SLOW.since_at, None), moved(50, 0.77)], 0) is None
