"""What is told of the end of what was worse: nothing beside it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from buildtimetrend.web.analysis.recoveries import without_recoveries

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def row(name: str, jobs: list[str], since: int, over: int | None = None, **other: Any) -> dict[str, Any]:
    return {
        "name": name,
        "pipeline": "",
        "what": "step",
        "step": "make",
        "jobs": jobs,
        "worse": False,
        "since": {"build_id": str(since), "started_at": BEGAN + timedelta(days=since)},
        "over_since": None if over is None else {"build_id": str(over)},
    } | other


def names(*found: dict[str, Any]) -> list[str]:
    return [each["name"] for each in without_recoveries(found)]


OVER = row("over", ["a", "b"], 40, 60, worse=True)
TRUSTY, XENIAL = ({"on_image": {"image": name, "by": 0.2, "repos": [1, 2]}} for name in ("trusty", "xenial"))


def test_the_end_of_what_was_worse_is_not_told_twice() -> None:
    assert names(row("end", ["a", "b"], 60), OVER) == ["over"]
    assert names(row("end of one", ["a"], 60), OVER) == ["over"]


def test_what_other_jobs_take_less_by_since_the_same_build_is_told() -> None:
    assert names(row("other job", ["c"], 60), OVER) == ["other job", "over"]
    assert names(row("more jobs", ["a", "b", "c"], 60), OVER) == ["more jobs", "over"]
    assert names(row("jobs without names", [], 60), OVER) == ["jobs without names", "over"]
    assert names(row("another build", ["a", "b"], 61), OVER) == ["another build", "over"]


def test_of_an_image_the_end_is_told_of_whatever_shows_it() -> None:
    less = row("less", ["a", "b", "c"], 60, what="job", step=None)
    assert names(less | TRUSTY, OVER | TRUSTY) == ["over"]
    assert names(less | XENIAL, OVER | TRUSTY) == ["less", "over"]
    assert names(less | TRUSTY, OVER) == ["less", "over"]


def test_of_an_image_jobs_that_seem_to_be_back_some_builds_later_are_not_told_either() -> None:
    end, later, much_later = (
        row(name, ["a", "b"], at) for name, at in (("end", 60), ("later", 63), ("much later", 90))
    )
    assert names(later | TRUSTY, end | TRUSTY, OVER | TRUSTY) == ["over"]
    assert names(later | XENIAL, end | TRUSTY, OVER | TRUSTY) == ["later", "over"]
    assert names(later, end, OVER) == ["later", "over"]
    before = row("before", ["a", "b"], 50) | TRUSTY
    assert names(end | TRUSTY, before, OVER | TRUSTY) == ["before", "over"]
    assert names(much_later | TRUSTY, end | TRUSTY, OVER | TRUSTY) == ["much later", "over"]


def test_of_what_has_no_jobs_the_end_is_not_told_twice_either() -> None:
    less = row("less", [], 60, what="waiting", step=None)
    more = row("more", [], 40, 60, what="waiting", step=None, worse=True)
    assert names(less, more) == ["more"]
