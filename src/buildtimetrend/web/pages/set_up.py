"""`/set-up/{provider}`: what to make at a CI system, what to set here, and whether it works."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import partial
from typing import Any

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from buildtimetrend.errors import BadRequest, Error, FetchError, NotFound
from buildtimetrend.providers import hook_path
from buildtimetrend.providers.base import Provider
from buildtimetrend.setting import declared
from buildtimetrend.web.access import Access, checked
from buildtimetrend.web.http import bodies
from buildtimetrend.web.http.auth import check_origin
from buildtimetrend.web.http.public import is_of_this_machine, public_base
from buildtimetrend.web.http.templating import page
from buildtimetrend.web.services import Services


@dataclass(frozen=True, slots=True)
class Setting:
    """One of a server's settings, and what it is: of a secret only whether there is one."""

    key: str
    env: str | None
    help: str
    value: str


class SetUpPages:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._context = services.context
        self._auth = services.auth

    def set_up(self, request: Request) -> Response:
        return self._page(request, self._provider(request))

    async def check(self, request: Request) -> Response:
        """The form of that page: the CI is asked."""
        provider = self._provider(request)
        fields = await bodies.form(request)
        check_origin(request)
        text = fields.get("repo", "").strip()
        try:
            self._auth.check(request, provider.repo_of(text))
            access = await to_thread.run_sync(partial(checked, self._context, provider.name, text))
        except (BadRequest, FetchError) as error:
            if error.detail != "repo":
                raise
            return await to_thread.run_sync(partial(self._page, request, provider, text, error=error))
        return await to_thread.run_sync(partial(self._page, request, provider, text, access))

    def _provider(self, request: Request) -> Provider:
        name = request.path_params["provider"]
        if name not in self._context.providers:
            known = ", ".join(self._context.providers)
            raise NotFound(f"There is no such provider. Known: {known}.", detail="provider")
        return self._context.providers[name]

    def _page(
        self,
        request: Request,
        provider: Provider,
        repo: str = "",
        access: Access | None = None,
        error: Error | None = None,
    ) -> Response:
        base_url = public_base(self._context.settings, request)
        hook = base_url + hook_path(provider)
        told = provider.set_up(hook)
        found = _settings(self._context.settings.section(provider.name).values, provider)
        secret = found.get(told.secret or "")
        received = self._services.work.last_deliveries()
        return page(
            "set_up.html",
            status=error.status if error else 200,
            provider=provider,
            told=told,
            settings=found.values(),
            secret=secret,
            new_secret=secrets.token_urlsafe(32) if secret and not secret.value else None,
            hook=hook,
            base_url=base_url,
            only_here=is_of_this_machine(base_url),
            received_at=received.get((provider.kind, provider.instance)),
            access=access,
            error=error,
            repo=repo,
            needs_sign_in=self._auth.needs_sign_in(request),
        )


def _settings(values: Any, provider: Provider) -> dict[str, Setting]:
    """By the name of the field. Further servers of a kind have theirs below their own name, and in the file
    alone.
    """
    is_first = provider.name == provider.kind
    found = {}
    for name, each in declared(provider.settings).items():
        row, value = each.row, getattr(values, name)
        shown = ("set" if value else "") if row.secret else str(value)
        key = row.key if is_first else f"{provider.name}.{row.key.rpartition('.')[2]}"
        found[name] = Setting(key, row.env if is_first else None, row.help, shown)
    return found
