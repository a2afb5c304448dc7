"""`/imports`: what is queued, running and failed; asking for more; and signing in for that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from buildtimetrend.errors import BadRequest
from buildtimetrend.model import TaskState
from buildtimetrend.web.analysis.reasons import together
from buildtimetrend.web.http import bodies
from buildtimetrend.web.http.auth import COOKIE, check_origin
from buildtimetrend.web.http.templating import page
from buildtimetrend.web.imports import RETRIES, retry_failed, schedule
from buildtimetrend.web.services import Services
from buildtimetrend.web.travis import USAGE, name_of, number_of

IMPORTS = 20
TASKS = 50
REASONS = 20

FIELDS = ("provider", "repo", "first_build", "last_build")
# Fields of the form by what an error names.
AT_FAULT = {
    "provider": "provider",
    "repo": "repo",
    "repo_owner": "repo",
    "repo_name": "repo",
    "first_build": "first_build",
    "last_build": "last_build",
}


class ImportPages:
    def __init__(self, services: Services) -> None:
        self._context = services.context
        self._auth = services.auth
        self._data = services.data

    def imports(self, request: Request) -> Response:
        return self._page(request)

    def _page(
        self, request: Request, given: dict[str, str] | None = None, error: BadRequest | None = None
    ) -> Response:
        """The page; with what was `given` to its form, and why that cannot be done."""
        queue = self._data.queue()
        return page(
            "imports.html",
            status=error.status if error else 200,
            given={name: (given or {}).get(name, "") for name in FIELDS},
            error=error,
            message=error.message.removesuffix(USAGE).strip() if error else "",
            at_fault=AT_FAULT.get((error.detail or "") if error else "", ""),
            failures=self._failures(),
            retries=RETRIES,
            imports=self._data.imports(IMPORTS),
            tasks={
                state: self._data.tasks([state], TASKS)
                for state in (TaskState.RUNNING, TaskState.WAITING, TaskState.FAILED)
            },
            queue=queue,
            waiting=_in_state(queue["tasks"], TaskState.WAITING),
            running=_in_state(queue["tasks"], TaskState.RUNNING),
            keen=self._context.keen_sink,
            providers=list(self._context.providers),
            most=self._context.settings.multi_import_max_builds,
            needs_sign_in=self._auth.needed and not self._auth.signed_in(request),
            signed_in=self._auth.signed_in(request),
        )

    async def create(self, request: Request) -> Response:
        """The form of `/imports`."""
        fields = await bodies.form(request)
        check_origin(request)
        try:
            return await self._schedule(request, fields)
        except BadRequest as error:
            if error.detail not in AT_FAULT:
                raise
            wrong = error
        return await to_thread.run_sync(lambda: self._page(request, fields, wrong))

    async def _schedule(self, request: Request, fields: dict[str, str]) -> Response:
        owner, _, name = fields.get("repo", "").strip().partition("/")
        named = {**fields, "repo_owner": owner, "repo_name": name}
        repo = f"{name_of(named, 'repo_owner')}/{name_of(named, 'repo_name')}"
        first = number_of(named, "first_build")
        last = number_of(named, "last_build") if fields.get("last_build") else first
        self._auth.check(request, repo)
        scheduled = await to_thread.run_sync(
            lambda: schedule(self._context, fields.get("provider", ""), repo, first, last, batch=True)
        )
        known = await to_thread.run_sync(lambda: self._data.known(repo))
        return page("scheduled.html", status=202, repo=repo, scheduled=scheduled, known=known)

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
            lambda: retry_failed(self._context.tasks, self._data.failed_ids(import_id, RETRIES))
        )
        return RedirectResponse("/imports", 303)

    def _failures(self) -> list[tuple[str, int, list[str]]]:
        """Reasons that builds failed for, how many, and the repos; the most frequent first."""
        counts: Counter[str] = Counter()
        repos: dict[str, set[str]] = {}
        for row in self._data.failures():
            reason = together(row["reason"] or "unknown", row["number"])
            counts[reason] += row["count"]
            repos.setdefault(reason, set()).add(row["repo"])
        return [(reason, count, sorted(repos[reason])) for reason, count in counts.most_common(REASONS)]

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


def _in_state(depth: Mapping[str, int], state: TaskState) -> int:
    return sum(number for key, number in depth.items() if key.startswith(f"{state}."))
