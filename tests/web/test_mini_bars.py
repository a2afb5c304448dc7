"""Builds of a list as bars of their wall time."""

from __future__ import annotations

from typing import Any

import pytest

from buildtimetrend.web.analysis.mini_bars import with_bars


def part(kind: str, seconds: float, step: str | None = None) -> dict[str, Any]:
    return {
        "kind": kind,
        "seconds": seconds,
        "usual": seconds,
        "difference": 0.0,
        "step": step,
        "booted": False,
    }


COMPARED = {"parts": [part("waiting", 30), part("booting", 0.2), part("step", 60, "make"), part("other", 10)]}


def test_bars_are_as_long_as_wall_times_on_one_scale() -> None:
    builds: list[dict[str, Any]] = [
        {"duration": 100.2, "verdict": COMPARED},
        {"duration": 200.4, "verdict": {"parts": []}},
        {"duration": 50.1, "verdict": None},
        {"duration": None, "verdict": None},
    ]
    found = with_bars(builds)
    assert [sum(bar.width for bar in one["bars"]) for one in found] == pytest.approx(
        [50, 100, 25, 0], abs=0.01
    )
    compared = found[0]["bars"]
    assert [(bar.kind, bar.label) for bar in compared] == [
        ("waiting", "waiting for a worker"),
        ("longest", "make"),
        ("other", "other steps"),
    ]
    assert [bar.x for bar in compared] == pytest.approx([0, 14.97, 44.91], abs=0.01)
    assert [bar.label for bar in found[1]["bars"]] == ["wall time"]


def test_builds_that_still_run_have_no_bars() -> None:
    assert with_bars([{"duration": None, "verdict": None}]) == [
        {"duration": None, "verdict": None, "bars": []}
    ]
    assert with_bars([]) == []
