"""What worker time came to nothing, and what it cost: pure."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from buildtimetrend.alerts.spent import sentence
from buildtimetrend.waste.prices import Prices
from buildtimetrend.waste.spent import Kind, Spent, by_job, by_labels, by_week, total, unpriced_labels

WEEK, NEXT = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC)
PRICES = Prices("EUR", {"macos-*": 0.08, "ubuntu-*": 0.008})


def spent(
    kind: Kind, seconds: float, *, job: str = "test", label: str = "ubuntu-24.04", week: datetime = WEEK
) -> Spent:
    return Spent(week, job, (label,) if label else (), kind, 1, seconds)


SPENT = [
    spent("useful", 6000),
    spent("failed", 600),
    spent("repeated", 300, label="macos-14"),
    spent("canceled", 60, job="lint", week=NEXT),
    spent("useful", 1200, label="self-hosted"),
]


def test_what_came_to_nothing_is_summed_by_kind_and_priced_by_label() -> None:
    found = total(SPENT, PRICES)
    assert (found.jobs, found.seconds, found.wasted, found.unpriced) == (5, 8160, 960, 1200)
    assert found.of == {"failed": 600, "repeated": 300, "superseded": 0, "canceled": 60}
    assert found.cost == pytest.approx(111 * 0.008 + 5 * 0.08)
    assert found.wasted_cost == pytest.approx(11 * 0.008 + 5 * 0.08)


def test_a_label_without_a_price_is_said_and_not_guessed() -> None:
    assert unpriced_labels(SPENT, PRICES) == ["self-hosted"]
    assert PRICES.of(("self-hosted",)) is None
    more = [*SPENT, spent("useful", 9000, label="unknown"), spent("useful", 9000, label="")]
    assert unpriced_labels(more, PRICES) == ["unknown", "self-hosted"]


def test_without_prices_nothing_has_a_cost() -> None:
    found = total(SPENT, Prices())
    assert (found.cost, found.wasted_cost) == (None, None)


def test_the_first_pattern_that_fits_one_of_the_labels_counts_whatever_the_case() -> None:
    prices = Prices("EUR", {"*arm64*": 0.005, "ubuntu-*": 0.008, "*": 0.01})
    assert prices.of(("self-hosted", "Ubuntu-24.04-ARM64")) == 0.005
    assert prices.of(("ubuntu-latest",)) == 0.008
    assert prices.of(("gpu",)) == 0.01
    assert prices.of(()) is None


def test_weeks_jobs_and_labels_add_up_to_the_whole() -> None:
    whole = total(SPENT, PRICES)
    for parts in (by_week(SPENT, PRICES), by_job(SPENT, PRICES), by_labels(SPENT, PRICES)):
        assert sum(part.seconds for part in parts.values()) == whole.seconds
        assert sum(part.wasted for part in parts.values()) == whole.wasted
        assert sum(part.cost or 0 for part in parts.values()) == pytest.approx(whole.cost)
    assert list(by_week(SPENT, PRICES)) == [WEEK, NEXT]
    assert list(by_job(SPENT, PRICES)) == ["test", "lint"]


def test_it_is_said_in_a_sentence() -> None:
    assert sentence(total(SPENT, PRICES), "EUR") == (
        "16 m of 2 h 16 m of worker time came to nothing (12 %), most of it in failed jobs (10 m). "
        "That cost 0.49 EUR of 1.29 EUR."
    )
    assert sentence(total([], PRICES), "EUR") == "No job ran."
