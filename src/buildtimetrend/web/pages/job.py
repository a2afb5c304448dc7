"""One job of a project over time: `/jobs/{repo}?job=`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from buildtimetrend import text
from buildtimetrend.findings.causes import IN_SECONDS
from buildtimetrend.model import Query
from buildtimetrend.web.analysis import picture
from buildtimetrend.web.analysis.data import Data
from buildtimetrend.web.analysis.picture import Change, Picture, Value
from buildtimetrend.web.analysis.runs import medians
from buildtimetrend.web.http.addresses import own_address
from buildtimetrend.web.params import Parameters

MOST_POINTS = 1500  # of a picture: more would be one spot
FLAGS = 3


def job_view(data: Data, repo: str, parameters: Parameters, name: str) -> dict[str, Any]:
    """What the template shows of it, with what was found of it in a year."""
    job = data.job(repo, parameters, name)
    year = Parameters.model_validate(
        {"timeframe": "year", "filter_pipeline": parameters.filters.get("pipeline")}
    )
    found = [finding for finding in data.findings(repo, year)["findings"] if name in finding["jobs"]]
    query = parameters.query(repo)
    return {
        "job": job,
        "found": found,
        "flaky": [finding for finding in found if finding["what"] == "flaky"],
        "picture": _picture(job, query, repo, _changes(found, query)),
        "plot": picture,
        "interval": query.interval,
        "every": _every(job),
        "page_of": lambda run: _page_of(run, repo),
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


def _picture(job: dict[str, Any], query: Query, repo: str, changes: list[Change]) -> Picture | None:
    values = [
        Value(run["finished_at"], run["seconds"], str(run["result"]), _said(run), _page_of(run, repo))
        for run in job["all"][:: _every(job)]
    ]
    return picture.picture("run", values, medians(job["all"], query), changes, (query.since, query.until))


def _every(job: dict[str, Any]) -> int:
    """Every so many runs are drawn."""
    return 1 + len(job["all"]) // MOST_POINTS


def _said(run: dict[str, Any]) -> str:
    at = f"{run['finished_at']:%Y-%m-%d %H:%M} UTC"
    return f"{run['build_number']} · {text.duration(run['seconds'])} · {run['result']} · {at}"


def _page_of(run: dict[str, Any], repo: str) -> str:
    return own_address({**run, "repo": repo, "number": run["build_number"], "pipeline_reference": None})
