"""`/imports`: what is queued, running and failed; asking for more; and signing in for that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from buildtimetrend.errors import BadRequest, Error, FetchError
from buildtimetrend.model import TaskState
from buildtimetrend.providers.selection import selection_of
from buildtimetrend.web.analysis.reasons import troubles
from buildtimetrend.web.http import bodies
from buildtimetrend.web.http.auth import COOKIE, check_origin
from buildtimetrend.web.http.templating import page
from buildtimetrend.web.imports import (
    RETRIES,
    offered,
    repo_of,
    retry_failed,
    schedule,
    schedule_owner,
    schedule_said,
)
from buildtimetrend.web.services import Services
from buildtimetrend.web.travis import USAGE, number_of

DIGITS = 12  # of a build's number, or an id of GitHub's
IMPORTS = 20
TASKS = 50
SWEPT = timedelta(days=1)

# Of the form: its fields, and what they are called there.
FIELDS = {
    "provider": "CI system",
    "repo": "Project",
    "builds": "Builds",
    "first_build": "First build",
    "last_build": "Last build",
}


class ImportPages:
    def __init__(self, services: Services) -> None:
        self._context = services.context
        self._auth = services.auth
        self._data = services.data
        self._work = services.work

    def imports(self, request: Request) -> Response:
        return self._page(request)

    def _page(
        self, request: Request, given: dict[str, str] | None = None, error: Error | None = None
    ) -> Response:
        """The page; with what was `given` to its form, and why that cannot be done."""
        queue = self._work.queue()
        failures = troubles(self._work.troubles())
        return page(
            "imports.html",
            status=error.status if error else 200,
            given={name: (given or {}).get(name, "") for name in FIELDS},
            error=error,
            message=_in_words_of_the_form(error) if error else "",
            at_fault=error.detail if error else "",
            failures=failures,
            failed=sum(each["failed"] for each in failures),
            retries=RETRIES,
            imports=self._work.imports(IMPORTS),
            swept=self._work.swept(datetime.now(UTC) - SWEPT),
            looks_every=self._context.settings.sweep_interval,
            tasks={
                state: self._work.tasks([state], TASKS)
                for state in (TaskState.RUNNING, TaskState.WAITING, TaskState.FAILED)
            },
            queue=queue,
            waiting=_in_state(queue["tasks"], TaskState.WAITING),
            running=_in_state(queue["tasks"], TaskState.RUNNING),
            keen=self._context.keen_sink,
            providers=offered(self._context),
            most=self._context.settings.multi_import_max_builds,
            needs_sign_in=self._auth.needs_sign_in(request),
            signed_in=self._auth.signed_in(request),
        )

    async def create(self, request: Request) -> Response:
        """The form of `/imports`."""
        fields = await bodies.form(request)
        check_origin(request)
        try:
            return await self._schedule(request, fields)
        except FetchError as error:
            wrong: Error = error  # of the CI: what was asked for stays in the form
        except BadRequest as error:
            if error.detail not in FIELDS:
                raise
            wrong = error
        return await to_thread.run_sync(lambda: self._page(request, fields, wrong))

    async def _schedule(self, request: Request, fields: dict[str, str]) -> Response:
        provider = fields.get("provider", "")
        if fields.get("repo", "").strip().endswith("/*"):
            return await self._schedule_owner(request, fields)
        repo = repo_of(self._context, provider, fields.get("repo", "")) or _named_wrong(provider, fields)
        said, by_number = (
            fields.get("builds", "").strip(),
            bool(fields.get("first_build") or fields.get("last_build")),
        )
        if said and by_number:
            raise BadRequest("Give builds in words or by their numbers, not both.", detail="builds")
        if not by_number:
            said = said or "latest"
            selection_of(said, 1, datetime.now(UTC))
            self._auth.check(request, repo)
            schedule_builds = partial(schedule_said, self._context, provider, repo, said, whole=True)
        else:
            first = number_of(fields, "first_build", DIGITS)
            last = number_of(fields, "last_build", DIGITS) if fields.get("last_build") else first
            self._auth.check(request, repo)
            schedule_builds = partial(schedule, self._context, provider, repo, first, last, batch=True)
        scheduled = await to_thread.run_sync(schedule_builds)
        known = await to_thread.run_sync(lambda: self._data.known(repo))
        return page("scheduled.html", status=202, repo=repo, scheduled=scheduled, known=known)

    async def _schedule_owner(self, request: Request, fields: dict[str, str]) -> Response:
        if fields.get("first_build") or fields.get("last_build"):
            raise BadRequest("Builds of several projects are asked for in words.", detail="builds")
        self._auth.check(request)
        owner = fields["repo"].strip().removesuffix("/*")
        said = fields.get("builds", "").strip() or "latest"
        provider = fields.get("provider", "")
        await to_thread.run_sync(partial(schedule_owner, self._context, provider, owner, said))
        return RedirectResponse("/imports", 303)

    async def retry(self, request: Request) -> Response:
        check_origin(request)
        self._auth.check(request)
        await to_thread.run_sync(lambda: self._context.tasks.retry(request.path_params["task"]).result())
        return RedirectResponse("/imports", 303)

    async def retry_import(self, request: Request) -> Response:
        return await self._retry_failed(request, request.path_params["id"])

    async def retry_all(self, request: Request) -> Response:
        return await self._retry_failed(request, None)

    async def _retry_failed(self, request: Request, import_id: str | None) -> Response:
        check_origin(request)
        self._auth.check(request)
        await to_thread.run_sync(
            lambda: retry_failed(self._context.tasks, self._work.failed_ids(import_id, RETRIES))
        )
        return RedirectResponse("/imports", 303)

    async def cancel(self, request: Request) -> Response:
        check_origin(request)
        self._auth.check(request)
        await to_thread.run_sync(lambda: self._context.tasks.cancel(request.path_params["id"]).result())
        return RedirectResponse("/imports", 303)

    def sign_in_page(self, request: Request) -> Response:
        return page("sign_in.html", needed=self._auth.needed, signed_in=self._auth.signed_in(request))

    async def sign_in(self, request: Request) -> Response:
        fields = await bodies.form(request)
        if not fields.get("token"):
            raise BadRequest("The form lacks the admin token.", detail="token")
        response = RedirectResponse("/imports", 303)
        self._auth.sign_in(request, fields["token"], response)
        return response

    def sign_out(self, request: Request) -> Response:
        check_origin(request)
        response = RedirectResponse("/sign-in", 303)
        response.delete_cookie(COOKIE, httponly=True, samesite="lax")
        return response


def _named_wrong(provider: str, fields: Mapping[str, str]) -> str:
    """Says what a name should be like."""
    named = fields.get("repo", "").strip()[:200]
    raise BadRequest(
        f"“{named}” is no project of {provider}: give owner/name, or its address.", detail="repo"
    )


def _in_words_of_the_form(error: Error) -> str:
    """`First build must be …`, where the API calls the field `first_build`."""
    field, said = error.detail or "", error.message.removesuffix(USAGE).strip()
    return (
        FIELDS[field] + said.removeprefix(field) if said.startswith(f"{field} ") and field in FIELDS else said
    )


def _in_state(depth: Mapping[str, int], state: TaskState) -> int:
    return sum(number for key, number in depth.items() if key.startswith(f"{state}."))
