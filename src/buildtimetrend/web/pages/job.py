"""One job of a project over time: `/jobs/{repo}?job=`."""

from __future__ import annotations

from typing import Any

from buildtimetrend.web.analysis.data import Data
from buildtimetrend.web.pages.changes import flags, of_year
from buildtimetrend.web.pages.runs_drawn import runs_drawn
from buildtimetrend.web.params import Parameters


def job_view(data: Data, repo: str, parameters: Parameters, name: str) -> dict[str, Any]:
    """What the template shows of it, with what was found of it in a year."""
    job = data.job(repo, parameters, name)
    found = [finding for finding in of_year(data, repo, parameters) if name in finding["jobs"]]
    query = parameters.query(repo)
    return {
        "job": job,
        "found": found,
        "flaky": [finding for finding in found if finding["what"] == "flaky"],
        **runs_drawn(job["all"], query, lambda run: str(run["result"]), flags(found, query)),
    }
