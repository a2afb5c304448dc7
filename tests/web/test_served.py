"""How far an axis goes, on pages with scripts and without."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from buildtimetrend.web.analysis.served import served
from tests.web.node import answers

EVEN = [float(value) for value in range(100, 140)]


@pytest.mark.parametrize(
    ("values", "most"),
    [
        ([], 0.0),
        ([7.0], 7.0),
        ([1.0, 1.0, 1.0, 100.0], 100.0),  # of so few nobody can say which one is the odd one
        (EVEN, 139.0),
        ([*EVEN, 340.0], 340.0),  # flattens nothing
        ([*EVEN, 4000.0], 139.0),
        ([4000.0, *EVEN], 139.0),
        ([*EVEN, 4000.0, 4000.0], 4000.0),  # two of so few are a level of their own
        ([*EVEN * 5, 4000.0, 5000.0], 139.0),
        ([*EVEN * 5, 4000.0, 4500.0, 5000.0], 5000.0),
        ([0.0] * 20 + [5.0], 5.0),
    ],
)
def test_one_value_flattens_no_others(values: list[float], most: float) -> None:
    assert served(values) == most


@pytest.mark.servers
def test_charts_by_scripts_and_pictures_by_the_server_end_alike(tmp_path: Path) -> None:
    chance = random.Random(0)
    cases = [
        [round(chance.lognormvariate(4, spread), 3) for _ in range(chance.randrange(1, 400))]
        for spread in (0.1, 1.5) * 100
    ]
    calls = [("served", case) for case in cases]
    assert answers(tmp_path, "charts/served.js", calls) == [served(case) for case in cases]
