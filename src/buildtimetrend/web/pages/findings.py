"""`/findings/{repo}`: what changed for good in a project's builds, a sentence each; below it each of them.

The project's page shows the newest of them as well, once it is there: to look for them may take a moment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, get_args
from urllib.parse import urlencode

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from buildtimetrend import text
from buildtimetrend.errors import BadRequest
from buildtimetrend.findings.causes import IN_SECONDS
from buildtimetrend.store.reads.branches import Branches
from buildtimetrend.web.analysis.alerts import ByPeople, Done
from buildtimetrend.web.analysis.telling_order import in_order
from buildtimetrend.web.http import bodies
from buildtimetrend.web.http.auth import check_origin
from buildtimetrend.web.http.templating import page
from buildtimetrend.web.pages.filters import filter_fields
from buildtimetrend.web.pages.said import by_whom
from buildtimetrend.web.params import lenient, slug
from buildtimetrend.web.services import Services

_ONE = re.compile(r"(?P<repo>.+/.+)/(?P<id>[0-9a-f]{12})")
_LABELS = {
    Branches.ALL: "all",
    Branches.DEFAULT: "default branch",
    Branches.PULL_REQUESTS: "pull requests",
    Branches.OTHERS: "other branches",
}
_BUTTONS: Mapping[str, str] = {
    "acknowledged": "Acknowledge",
    "muted": "Mute",
    "wont_fix": "Won't fix",
    "reopened": "Open again",
}


class FindingsPage:
    def __init__(self, services: Services) -> None:
        self._data = services.data
        self._alerts = services.alerts
        self._auth = services.auth

    def findings(self, request: Request) -> Response:
        path = request.path_params["repo"]
        if (named := _ONE.fullmatch(path)) and not self._data.known(path):
            return self._finding(request, slug(named["repo"]), named["id"])
        repo = slug(path)
        usual = lenient({"timeframe": "year"} | dict(request.query_params))
        parameters = usual.parameters
        asked = request.query_params.get("branches", "")
        branches = next((each for each in Branches if each == asked), None)
        found = self._data.findings(repo, parameters, branches)
        return page(
            "findings.html",
            repo=repo,
            action=f"/findings/{text.path(repo)}",
            notes=usual.notes,
            parameters=parameters,
            branches=branches,
            classes=_LABELS,
            in_seconds=IN_SECONDS,
            filters=filter_fields(self._data, repo, parameters),
            findings=[finding | {"compare": _compared(finding)} for finding in in_order(found["findings"])],
            builds=found["builds"],
            since=found["since"],
            analysed_at=found["analysed_at"],
        )

    def _finding(self, request: Request, repo: str, finding: str) -> Response:
        found = self._alerts.one(repo, finding)
        return page(
            "finding.html",
            repo=repo,
            finding=found | {"compare": _compared(found)},
            action=f"/findings/{text.path(repo)}/{finding}",
            buttons=[(event, _BUTTONS[event]) for event in found["possible"]],
            labels=_LABELS,
            needs_sign_in=self._auth.needs_sign_in(request),
        )

    async def change(self, request: Request) -> Response:
        """The form of a finding's page."""
        repo, finding = slug(request.path_params["repo"]), request.path_params["id"]
        fields = await bodies.form(request)
        check_origin(request)
        self._auth.check(request)
        done = _done(fields)
        await to_thread.run_sync(lambda: self._alerts.change(repo, finding, done))
        return RedirectResponse(f"/findings/{text.path(repo)}/{text.path(finding)}", 303)


def _done(fields: Mapping[str, str]) -> Done:
    event = next((each for each in get_args(ByPeople) if each == fields.get("event")), None)
    if event is None:
        raise BadRequest(f"event must be one of {', '.join(get_args(ByPeople))}.", detail="event")
    return Done(event, *by_whom(fields))


def _compared(finding: dict[str, Any]) -> str:
    """The query of a comparison of the builds since then with as long a time before."""
    since = finding["since"]["started_at"]
    over = finding["over_since"]
    until = over["started_at"] if over else datetime.now(UTC)
    given = {"by": "period", "b_since": text.iso(since), "b_until": text.iso(until)}
    return urlencode(given | {"filter_pipeline": finding["pipeline"]})
