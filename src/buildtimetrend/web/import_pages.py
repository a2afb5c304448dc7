"""`/imports`: what is queued, running and failed; asking for more; and signing in for that."""

from __future__ import annotations

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from buildtimetrend.errors import BadRequest
from buildtimetrend.model import TaskState
from buildtimetrend.web import bodies
from buildtimetrend.web.auth import COOKIE, check_origin
from buildtimetrend.web.imports import schedule
from buildtimetrend.web.services import Services
from buildtimetrend.web.templating import page
from buildtimetrend.web.travis import name_of, number_of

IMPORTS = 20
TASKS = 50


class ImportPages:
    def __init__(self, services: Services) -> None:
        self._context = services.context
        self._auth = services.auth
        self._data = services.data

    def imports(self, request: Request) -> Response:
        return page(
            "imports.html",
            imports=self._data.imports(IMPORTS),
            tasks={
                state: self._data.tasks([state], TASKS)
                for state in (TaskState.RUNNING, TaskState.WAITING, TaskState.FAILED)
            },
            depth=self._context.tasks.depth(),
            providers=list(self._context.providers),
            most=self._context.settings.multi_import_max_builds,
            needs_sign_in=self._auth.needed and not self._auth.signed_in(request),
            signed_in=self._auth.signed_in(request),
        )

    async def create(self, request: Request) -> Response:
        """The form of `/imports`."""
        fields = await bodies.form(request)
        owner, _, name = fields.get("repo", "").strip().partition("/")
        named = {**fields, "repo_owner": owner, "repo_name": name}
        repo = f"{name_of(named, 'repo_owner')}/{name_of(named, 'repo_name')}"
        first = number_of(named, "first_build")
        last = number_of(named, "last_build") if fields.get("last_build") else first
        check_origin(request)
        self._auth.check(request, repo)
        scheduled = await to_thread.run_sync(
            lambda: schedule(self._context, fields.get("provider", ""), repo, first, last, batch=True)
        )
        return page("scheduled.html", status=202, repo=repo, scheduled=scheduled)

    async def retry(self, request: Request) -> Response:
        check_origin(request)
        self._auth.check(request)
        await to_thread.run_sync(lambda: self._context.tasks.retry(request.path_params["task"]).result())
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
