"""`/findings/{repo}`: what changed for good in a project's builds, a sentence each; below it each of them.

The project's page shows the newest of them as well, once it is there: to look for them may take a moment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import get_args

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from buildtimetrend import text
from buildtimetrend.errors import BadRequest
from buildtimetrend.findings.sentences.status import as_of_last
from buildtimetrend.store.reads.branches import Branches
from buildtimetrend.web.analysis.alerts import ByPeople, Done
from buildtimetrend.web.http import bodies
from buildtimetrend.web.http.auth import check_origin
from buildtimetrend.web.http.templating import page
from buildtimetrend.web.pages.around import around
from buildtimetrend.web.pages.changes import as_it_is, compared, listed
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
# Where the form of a list leads back to; else to the finding's page.
_THEN: Mapping[str, str] = {"overview": "/dashboard", "project": "/dashboard/{}", "findings": "/findings/{}"}
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
            filters=filter_fields(self._data, repo, parameters),
            changes=listed(as_it_is(self._data, repo, found)),
            needs_sign_in=self._auth.needs_sign_in(request),
        )

    def _finding(self, request: Request, repo: str, finding: str) -> Response:
        found = self._alerts.one(repo, finding)
        status = as_of_last(found["status"], self._data.quiet_since(repo))
        return page(
            "finding.html",
            repo=repo,
            finding=found | {"compare": compared(found), "status": status},
            around=around(self._data, repo, found),
            action=f"/findings/{text.path(repo)}/{finding}",
            buttons=[(event, _BUTTONS[event]) for event in found["possible"]],
            labels=_LABELS,
            needs_sign_in=self._auth.needs_sign_in(request),
        )

    async def change(self, request: Request) -> Response:
        """The form of a finding's page, and of lists."""
        repo, finding = slug(request.path_params["repo"]), request.path_params["id"]
        fields = await bodies.form(request)
        check_origin(request)
        self._auth.check(request)
        done = _done(fields)
        await to_thread.run_sync(lambda: self._alerts.change(repo, finding, done))
        then = _THEN.get(fields.get("then", ""), f"/findings/{{}}/{text.path(finding)}")
        return RedirectResponse(then.format(text.path(repo)), 303)


def _done(fields: Mapping[str, str]) -> Done:
    event = next((each for each in get_args(ByPeople) if each == fields.get("event")), None)
    if event is None:
        raise BadRequest(f"event must be one of {', '.join(get_args(ByPeople))}.", detail="event")
    return Done(event, *by_whom(fields))
