"""One job of a project over time: `/jobs/{repo}?job=`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from buildtimetrend import text
from buildtimetrend.findings.causes import IN_SECONDS
from buildtimetrend.model import Query
from buildtimetrend.web.analysis.data import Data
from buildtimetrend.web.analysis.picture import Change
from buildtimetrend.web.analysis.telling_order import in_order
from buildtimetrend.web.pages.runs_drawn import runs_drawn
from buildtimetrend.web.params import Parameters

FLAGS = 3


def job_view(data: Data, repo: str, parameters: Parameters, name: str) -> dict[str, Any]:
    """What the template shows of it, with what was found of it in a year."""
    job = data.job(repo, parameters, name)
    year = Parameters.model_validate(
        {"timeframe": "year", "filter_pipeline": parameters.filters.get("pipeline")}
    )
    kept = in_order(data.findings(repo, year)["findings"])
    found = [finding for finding in kept if name in finding["jobs"]]
    query = parameters.query(repo)
    return {
        "job": job,
        "found": found,
        "flaky": [finding for finding in found if finding["what"] == "flaky"],
        **runs_drawn(job["all"], query, lambda run: str(run["result"]), _changes(found, query)),
    }


def _changes(found: list[dict[str, Any]], query: Query) -> list[Change]:
    """The largest of those that began in the range."""
    moved = [one for one in found if one["what"] in IN_SECONDS and query.since <= _began(one) < query.until]
    moved.sort(key=lambda one: -abs(one["after"] - one["before"]))
    return [
        Change(
            _began(one),
            f"{one['step'] or one['what']} {text.difference(one['after'] - one['before'])}",
            one["after"] - one["before"],
        )
        for one in moved[:FLAGS]
    ]


def _began(finding: dict[str, Any]) -> datetime:
    began: datetime = finding["since"]["started_at"]
    return began
