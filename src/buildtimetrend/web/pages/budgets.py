"""`/budgets/{repo}`: which budgets and rules there are for a project, and how far budgets are kept."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from buildtimetrend import text
from buildtimetrend.alerts.base import Section
from buildtimetrend.alerts.rules import Rules
from buildtimetrend.budgets.burn import PACES
from buildtimetrend.web.http.templating import page
from buildtimetrend.web.params import slug
from buildtimetrend.web.services import Services

UNUSUAL = Rules()


class BudgetsPage:
    def __init__(self, services: Services) -> None:
        self._budgets = services.budgets
        self._channels = services.context.settings.alerts
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
            channels=[] if needs_sign_in else self._hear_of(repo),
        )

    def _hear_of(self, repo: str) -> list[dict[str, Any]]:
        return [
            {"name": each.name, "kind": each.kind, "about": each.about, "rules": _rules(each)}
            for each in self._channels
            if each.rules.choose(repo)
        ]


def _rules(channel: Section) -> list[tuple[str, Any]]:
    """Those that are set to something else than usual."""
    found = [(each.name, getattr(channel.rules, each.name)) for each in fields(Rules)]
    return [(name, _shown(value)) for name, value in found if value != getattr(UNUSUAL, name)]


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    return text.count(value) if isinstance(value, float) else str(value)
