"""`/budgets/{repo}`: a project's budgets and how far they are kept, and rules of its alerts in forms."""

from __future__ import annotations

from typing import Any

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from buildtimetrend import text
from buildtimetrend.budgets.burn import PACES
from buildtimetrend.web.analysis.rules import Set
from buildtimetrend.web.http import bodies
from buildtimetrend.web.http.auth import check_origin
from buildtimetrend.web.http.templating import page
from buildtimetrend.web.pages.rules import BETWEEN, form_fields, given_rules, last_seen, said
from buildtimetrend.web.pages.said import by_whom
from buildtimetrend.web.params import slug
from buildtimetrend.web.services import Services


class BudgetsPage:
    def __init__(self, services: Services) -> None:
        self._budgets = services.budgets
        self._rules = services.rules
        self._auth = services.auth

    def budgets(self, request: Request) -> Response:
        repo = slug(request.path_params["repo"])
        needs_sign_in = self._auth.needs_sign_in(request)
        return page(
            "budgets.html",
            repo=repo,
            budgets=self._budgets.kept(repo),
            paces=PACES,
            needs_sign_in=needs_sign_in,
            channels=[] if needs_sign_in else self._channels(repo),
            between=BETWEEN,
        )

    async def change(self, request: Request) -> Response:
        """The form of a channel's rules; its second button takes them back to those of the settings."""
        repo, channel = slug(request.path_params["repo"]), request.path_params["channel"]
        fields = await bodies.form(request)
        check_origin(request)
        self._auth.check(request)
        section = self._rules.channel(channel)
        by, why = by_whom(fields)
        rules = {} if "as_in_settings" in fields else given_rules(section, fields)
        given = Set(rules, by, why, last_seen(fields))
        await to_thread.run_sync(lambda: self._rules.change(repo, channel, given))
        return RedirectResponse(f"/budgets/{text.path(repo)}#rules-{channel}", 303)

    def _channels(self, repo: str) -> list[dict[str, Any]]:
        return [
            channel
            | {
                "fields": form_fields(self._rules.channel(channel["name"]), channel),
                "changes": [
                    change | {"rules": [(name, said(value)) for name, value in change["rules"].items()]}
                    for change in channel["changes"]
                ],
            }
            for channel in self._rules.of(repo)
        ]
