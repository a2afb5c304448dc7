"""What worker time came to nothing, and what it cost: one answer for API, page and the report of a week."""

from __future__ import annotations

from collections.abc import Sized
from dataclasses import asdict
from typing import Any

from buildtimetrend.alerts.spent import sentence
from buildtimetrend.model import Query
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store
from buildtimetrend.waste.prices import Prices
from buildtimetrend.waste.spent import Sum, by_job, by_labels, by_week, total, unpriced_labels

MOST = 50  # of jobs, and of labels: some have the number of the run in theirs


def wasted(store: Store, query: Query, prices: Prices) -> dict[str, Any]:
    """Durations in seconds, costs in the settings' currency; models in `web/api/wasted.py`."""
    spent = reads.spent(store, query)
    whole = total(spent, prices)
    jobs, labels = by_job(spent, prices), by_labels(spent, prices)
    unpriced = unpriced_labels(spent, prices) if prices.per_minute else []
    return {
        "since": query.since,
        "until": query.until,
        "currency": prices.currency,
        "sentence": sentence(whole, prices.currency),
        "total": _told(whole),
        "unpriced_labels": unpriced[:MOST],
        "more_unpriced_labels": _more(unpriced),
        "weeks": [{"week": week} | _told(of) for week, of in by_week(spent, prices).items()],
        "jobs": [{"job": job} | _told(of) for job, of in [*jobs.items()][:MOST]],
        "more_jobs": _more(jobs),
        "labels": [
            {"labels": list(named), "per_minute": prices.of(named)} | _told(of)
            for named, of in [*labels.items()][:MOST]
        ],
        "more_labels": _more(labels),
    }


def _more(found: Sized) -> int:
    """How many are left out."""
    return max(0, len(found) - MOST)


def _told(of: Sum) -> dict[str, Any]:
    return asdict(of) | {"share": of.share}
