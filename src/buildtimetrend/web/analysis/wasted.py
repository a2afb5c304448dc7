"""What worker time came to nothing, and what it cost: one answer for API, page and the report of a week."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from buildtimetrend.alerts.spent import sentence
from buildtimetrend.model import Query
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store
from buildtimetrend.waste.prices import Prices
from buildtimetrend.waste.spent import Sum, by_job, by_labels, by_week, total, unpriced_labels

MOST_JOBS = 50


def wasted(store: Store, query: Query, prices: Prices) -> dict[str, Any]:
    """Durations in seconds, costs in the settings' currency; models in `web/api/wasted.py`."""
    spent = reads.spent(store, query)
    whole = total(spent, prices)
    return {
        "since": query.since,
        "until": query.until,
        "currency": prices.currency,
        "sentence": sentence(whole, prices.currency),
        "total": _told(whole),
        "unpriced_labels": list(unpriced_labels(spent, prices)) if prices.per_minute else [],
        "weeks": [{"week": week} | _told(of) for week, of in by_week(spent, prices).items()],
        "jobs": [{"job": job} | _told(of) for job, of in [*by_job(spent, prices).items()][:MOST_JOBS]],
        "labels": [
            {"labels": list(labels), "per_minute": prices.of(labels)} | _told(of)
            for labels, of in by_labels(spent, prices).items()
        ],
    }


def _told(of: Sum) -> dict[str, Any]:
    return asdict(of) | {"share": of.share}
