"""`/begin`: from the address of a repository to its charts, in four tasks that tick themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from buildtimetrend import text
from buildtimetrend.errors import BadRequest, Error
from buildtimetrend.providers import hook_path
from buildtimetrend.providers.base import Provider
from buildtimetrend.web.access import Answer, answers, meant
from buildtimetrend.web.analysis import picture
from buildtimetrend.web.analysis.picture import Picture, Value
from buildtimetrend.web.channels import channels
from buildtimetrend.web.http import bodies
from buildtimetrend.web.http.addresses import own_address
from buildtimetrend.web.http.auth import check_origin
from buildtimetrend.web.http.public import is_of_this_machine, public_base
from buildtimetrend.web.http.templating import page
from buildtimetrend.web.imports import require_allowed, schedule_said
from buildtimetrend.web.params import Parameters, slug
from buildtimetrend.web.services import Services

DRAWN = 500  # builds
PIPELINES = 10  # of a CI, whose builds are drawn where others build the repo too
DELIVERIES = 5
_EVER = Parameters().model_copy(update={"timeframe": "year", "since": datetime(1970, 1, 1, tzinfo=UTC)})


class BeginPages:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._context = services.context
        self._data = services.data
        self._work = services.work
        self._auth = services.auth

    def begin(self, request: Request) -> Response:  # noqa: ARG002
        return RedirectResponse("/#begin", 307)

    async def look(self, request: Request) -> Response:
        """The field of the first page: the CI systems that may build it are asked."""
        fields = await bodies.form(request)
        check_origin(request)
        given = fields.get("address", "").strip()
        try:
            if not given:
                raise BadRequest("The address of a repository is lacking.", detail="address")
            repos = meant(self._context, given)
        except Error as error:
            if error.detail not in ("address", "repo"):
                raise
            return page("begin_look.html", status=error.status, given=given, message=error.message, asked=[])
        self._auth.check(request, next(iter(repos.values())))
        return await to_thread.run_sync(partial(self._found, given, repos))

    def _found(self, given: str, repos: dict[str, str]) -> Response:
        """On to the tasks of the repo, whose past begins to come in; or what each CI said against it."""
        asked = answers(self._context, repos)
        first = asked[0]
        if not first.access.works:
            return page(
                "begin_look.html",
                status=502 if any(answer.away for answer in asked) else 404,
                given=given,
                message="",
                asked=asked,
                at=datetime.now(UTC),
            )
        repo = first.access.repo
        if first.has_builds and not self._is_here(first, repo):
            schedule_said(self._context, first.provider, repo, "latest", whole=True)
        return RedirectResponse(f"/begin/{text.path(first.provider)}/{text.path(repo)}", 303)

    def _is_here(self, answer: Answer, repo: str) -> bool:
        """Or on its way."""
        kind = self._context.providers[answer.provider].kind
        last = self._work.latest_import(kind, repo)
        return bool(self._builds(kind, repo)) or (last is not None and last["finished_at"] is None)

    def tasks(self, request: Request) -> Response:
        """What is done and what is left to do for one repo; it asks no CI."""
        repo = slug(request.path_params["repo"])
        provider = require_allowed(self._context, request.path_params["provider"], repo)
        base_url = public_base(self._context.settings, request)
        builds = self._builds(provider.kind, repo)
        needs_sign_in = self._auth.needs_sign_in(request)
        return page(
            "begin_tasks.html",
            repo=repo,
            provider=provider,
            newest=builds[0] if builds else None,
            coming=self._work.latest_import(provider.kind, repo),
            picture=_picture(builds),
            plot=picture,
            most=self._context.settings.multi_import_max_builds,
            told=_told(provider, base_url),
            base_url=base_url,
            only_here=is_of_this_machine(base_url),
            deliveries=self._work.deliveries(provider.kind, repo, DELIVERIES),
            refusals=self._services.refusals.of(provider.name),
            looks_every=self._context.settings.sweep_interval,
            channels=[] if needs_sign_in else channels(self._context),
            needs_sign_in=needs_sign_in,
        )

    def _builds(self, kind: str, repo: str) -> list[dict[str, Any]]:
        """The newest of this CI that are here."""
        if not self._data.known(repo):
            return []
        pipelines = self._data.pipelines(repo)
        own = [each for each in pipelines if each.provider == kind]
        # Where other CI systems build it too, the newest builds may all be theirs.
        asked = [_EVER.filtered(pipeline=str(each.id)) for each in own[:PIPELINES]]
        if len(own) == len(pipelines):
            asked = [_EVER]
        found = [row for each in asked for row in self._data.builds(repo, each, DRAWN, 0)]
        return sorted(found, key=lambda row: row["finished_at"], reverse=True)[:DRAWN]


def _told(provider: Provider, base_url: str) -> dict[str, Any]:
    told = provider.set_up(base_url + hook_path(provider))
    return {"name": provider.name, "text": told.text, "file": told.file, "snippet": told.snippet}


def _picture(builds: Sequence[dict[str, Any]]) -> Picture | None:
    """The wall times of what has come in so far."""
    values = [
        Value(build["finished_at"], build["duration"], build["result"], _said(build), own_address(build))
        for build in builds
        if build["finished_at"] and build["duration"] is not None
    ]
    if not values:
        return None
    first = min(value.at for value in values)
    last = max(value.at for value in values)
    aside = max((last - first) / 50, timedelta(hours=1))
    return picture.picture("build", values, [], [], (first - aside, last + aside))


def _said(build: dict[str, Any]) -> str:
    ended = f"{build['finished_at']:%Y-%m-%d %H:%M} UTC"
    return f"#{build['number']} · {text.duration(build['duration'])} · {build['result']} · {ended}"
