"""A step that takes longer because its cache is no longer found says so; another cause is none of a cache."""

from __future__ import annotations

from typing import Any

import pytest

from tests.findings.changes.test_appeared import TWO, always, measured, told

SINCE = 35


def moving(before: float, after: float) -> dict[int, float]:
    return always(before, range(SINCE)) | always(after, range(SINCE, 60))


def of(fetches: str, before: float = 5, after: float = 1, *, job: str = "a") -> list[dict[str, Any]]:
    """`npm ci` takes longer in job a from the build on from which a step of `job` moves."""
    return told(measured({**TWO, ("a", "npm ci"): moving(10, 58), (job, fetches): moving(before, after)}))


@pytest.mark.parametrize(
    "fetches",
    [
        "setup_casher: attempting to download cache archive",
        "cache: cache.1.3",
        "Run actions/cache@v4",
        "restore_cache",
        "Restore the npm cache",
        "Download cached modules",
    ],
)
def test_a_cache_that_is_fetched_in_less_time_is_why_a_step_takes_longer(fetches: str) -> None:
    [row] = of(fetches)
    assert row["sentence"].startswith("The cache is no longer found, so npm ci takes 48 s longer")
    assert row["what"] == "step"
    assert row["since"]["number"] == str(SINCE + 1)
    assert fetches in [move["step"] for move in row["moves"] if not move["is_cause"]]


def test_a_cache_that_is_no_longer_fetched_at_all_is_why_too() -> None:
    steps = {("a", "npm ci"): moving(10, 58), ("a", "restore_cache"): always(5, range(SINCE))}
    [row] = told(measured({**TWO, **steps}))
    assert row["sentence"].startswith("The cache is no longer found, so npm ci takes 48 s longer")


def test_a_cache_that_is_found_again_is_why_a_step_takes_less() -> None:
    steps = {("a", "npm ci"): moving(58, 10), ("a", "restore_cache"): moving(1, 5)}
    [row] = told(measured({**TWO, **steps}))
    assert row["sentence"].startswith("The cache is found again, so npm ci takes 48 s less")


@pytest.mark.parametrize(
    ("step", "job"),
    [
        ("Download the tools", "a"),
        ("clear caches", "a"),
        ("cache: cache.2.2", "a"),
        ("Post Run actions/cache@v4", "a"),
        ("restore_cache", "b"),
    ],
)
def test_another_step_that_takes_less_is_not_why(step: str, job: str) -> None:
    rows = of(step, job=job)
    assert not any("The cache" in row["sentence"] for row in rows)
    assert any(row["sentence"].startswith("npm ci takes 48 s longer") for row in rows)


def test_a_cache_that_takes_longer_to_fetch_is_not_lost() -> None:
    assert not any("The cache" in row["sentence"] for row in of("restore_cache", 2, 9))
