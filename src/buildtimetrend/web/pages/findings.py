"""`/findings/{repo}`: what changed for good in a project's builds, a sentence each.

The project's page shows the newest of them as well, once it is there: to look for them takes a moment.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from buildtimetrend import text
from buildtimetrend.web.http.templating import page
from buildtimetrend.web.pages.filters import filter_fields
from buildtimetrend.web.params import lenient, slug
from buildtimetrend.web.services import Services


class FindingsPage:
    def __init__(self, services: Services) -> None:
        self._data = services.data

    def findings(self, request: Request) -> Response:
        repo = slug(request.path_params["repo"])
        usual = lenient({"timeframe": "year"} | dict(request.query_params))
        parameters = usual.parameters
        found = self._data.findings(repo, parameters)
        return page(
            "findings.html",
            repo=repo,
            action=f"/findings/{text.path(repo)}",
            notes=usual.notes,
            parameters=parameters,
            filters=filter_fields(self._data, repo, parameters),
            findings=[finding | {"compare": _compared(finding)} for finding in found["findings"]],
            builds=found["builds"],
            since=found["since"],
        )


def _compared(finding: dict[str, Any]) -> str:
    """The query of a comparison of the builds since then with as long a time before."""
    since = finding["since"]["started_at"]
    over = finding["over_since"]
    until = over["started_at"] if over else datetime.now(UTC)
    given = {"by": "period", "b_since": text.iso(since), "b_until": text.iso(until)}
    return urlencode(given | {"filter_pipeline": finding["pipeline"]})
