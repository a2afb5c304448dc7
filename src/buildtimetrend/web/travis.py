"""`/travis`: notifications of Travis CI, and the old service's way of asking for builds."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from anyio import to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from buildtimetrend.errors import BadRequest
from buildtimetrend.model import Task
from buildtimetrend.web.context import Context
from buildtimetrend.web.hooks import Hooks
from buildtimetrend.web.http import bodies
from buildtimetrend.web.http.auth import Auth
from buildtimetrend.web.http.templating import page
from buildtimetrend.web.imports import Scheduled, schedule

NAME = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9_.-]{1,100}")
NUMBER = re.compile(r"0*([1-9][0-9]*)")
LONGEST = 1000  # characters of a number, with zeros before it
DIGITS = 10  # of a number of Travis CI
USAGE = "Usage: /travis/<repo_owner>/<repo_name>/<first_build>/<last_build>."
PARAMETERS = ("repo_owner", "repo_name", "first_build", "last_build")


class Travis:
    def __init__(self, context: Context, auth: Auth, hooks: Hooks) -> None:
        self._context = context
        self._auth = auth
        self._hooks = hooks

    async def travis(self, request: Request) -> Response:
        """`/travis[/{repo_owner}[/{repo_name}[/{first_build}[/{last_build}]]]]`.

        Each of these may come as a query parameter or form field, too; with a `payload` it is a notification.
        """
        if request.method == "POST" and bodies.has_field(await request.body(), b"payload"):
            return await self._hooks.receive(request, "travis")
        given = {**await bodies.form(request), **dict(request.query_params), **request.path_params}
        named = {name: given[name] for name in PARAMETERS if given.get(name)}
        if request.method == "POST" and not named:
            return await self._hooks.receive(request, "travis")
        if not named:
            raise HTTPException(405, headers={"Allow": "POST"})
        return await self._schedule(request, named)

    async def _schedule(self, request: Request, named: dict[str, str]) -> Response:
        repo = f"{name_of(named, 'repo_owner')}/{name_of(named, 'repo_name')}"
        first = number_of(named, "first_build")
        last = number_of(named, "last_build") if "last_build" in named else first
        self._auth.check(request, repo)
        scheduled = await to_thread.run_sync(
            lambda: schedule(self._context, "travis", repo, first, last, batch=last > first)
        )
        if "text/html" not in request.headers.get("accept", ""):
            return PlainTextResponse(_lines(scheduled), 202)
        # A browser: the same words, with a link to how far it came.
        return page(
            "scheduled.html", status=202, repo=repo, scheduled=scheduled, known=False, lines=_lines(scheduled)
        )


def name_of(named: dict[str, str], parameter: str) -> str:
    value = named.get(parameter, "")
    if not NAME.fullmatch(value):
        raise BadRequest(
            f"{parameter} must be a name of letters, digits, '.', '_' and '-'. {USAGE}",
            detail=parameter,
        )
    return value


def number_of(named: dict[str, str], parameter: str, digits: int = DIGITS) -> int:
    value = named.get(parameter, "")[:LONGEST]
    found = NUMBER.fullmatch(value)
    if found is None or len(found[1]) > digits:
        raise BadRequest(
            f"{parameter} must be a build number: a whole number from 1 up, of {digits} digits at most. "
            f"{USAGE}",
            detail=parameter,
        )
    return int(found[1])


def _lines(scheduled: Scheduled) -> str:
    now = datetime.now(UTC)
    lines = [*scheduled.warnings, *(_line(task, now) for task in scheduled.tasks)]
    return "\n".join(lines) + "\n"


def _line(task: Task, now: datetime) -> str:
    wait = max(0, round((task.due_at - now).total_seconds()))
    return f"{task.ref} is scheduled as task {task.id}, to start in {wait} s."
