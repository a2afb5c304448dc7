"""In which order people are told what changed."""

from __future__ import annotations

from typing import Any

from buildtimetrend.web.analysis.telling_order import in_order


def row(name: str, jobs: list[str], since: int, over: int | None = None, **other: Any) -> dict[str, Any]:
    return {
        "name": name,
        "pipeline": "",
        "what": "step",
        "step": "make",
        "jobs": jobs,
        "worse": False,
        "since": {"build_id": str(since)},
        "over_since": None if over is None else {"build_id": str(over)},
    } | other


def names(*found: dict[str, Any]) -> list[str]:
    return [each["name"] for each in in_order(found)]


OVER = row("over", ["a", "b"], 40, 60, worse=True)


def test_the_end_of_what_was_worse_is_not_told_twice() -> None:
    assert names(row("end", ["a", "b"], 60), OVER) == ["over"]
    assert names(row("end of one", ["a"], 60), OVER) == ["over"]


def test_what_other_jobs_take_less_by_since_the_same_build_is_told() -> None:
    assert names(row("other job", ["c"], 60), OVER) == ["other job", "over"]
    assert names(row("more jobs", ["a", "b", "c"], 60), OVER) == ["more jobs", "over"]
    assert names(row("jobs without names", [], 60), OVER) == ["jobs without names", "over"]


def test_of_what_has_no_jobs_the_end_is_not_told_twice_either() -> None:
    less = row("less", [], 60, what="waiting", step=None)
    more = row("more", [], 40, 60, what="waiting", step=None, worse=True)
    assert names(less, more) == ["more"]


def test_what_is_worse_and_not_over_comes_first() -> None:
    open_one = row("open", ["c"], 20, worse=True)
    assert names(row("faster", ["c"], 70), OVER, open_one) == ["open", "faster", "over"]
