"""What surrounds every request: id, security headers, figures, and the answer to errors."""

from __future__ import annotations

import itertools
import secrets
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from http import HTTPStatus

import structlog
from anyio import to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from buildtimetrend.web.http.body_limits import Bodies, Body
from buildtimetrend.web.http.error_answers import answer
from buildtimetrend.web.http.problems import Problem, note_error, problem_of

log = structlog.get_logger(__name__)

GROUPS = frozenset(
    {
        "", "3.0", "api", "badge", "badges", "build", "compare", "dashboard", "hooks", "imports", "metrics",
        "stats", "static", "travis",
    }
)  # fmt: skip
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
HUNG_UP = 499

# `same-origin`, not `no-referrer`: with that one browsers hide the origin of our own forms from us.
SECURITY_HEADERS = [
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; "
        b"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
]


class Figures:
    """Requests and their seconds, by the first segment of the path. Written on the event loop only."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, str, int]] = Counter()  # by group, method, status
        self.seconds: defaultdict[str, float] = defaultdict(float)  # by group

    def add(self, path: str, method: str, status: int, seconds: float) -> None:
        first = path.split("/", 2)[1] if path.startswith("/") else ""
        group = first if first in GROUPS else "other"
        self.requests[group, method if method in METHODS else "OTHER", status] += 1
        self.seconds[group] += seconds


class Middleware:
    """Plain ASGI: a badge passes through it in microseconds."""

    def __init__(
        self, app: ASGIApp, figures: Figures, names: Callable[[], Iterable[str]], bodies: Bodies | None = None
    ) -> None:
        """`names` are those of the projects that there are, without asking the store."""
        self._app = app
        self._figures = figures
        self._names = names
        self._bodies = bodies or Bodies()
        self._prefix = secrets.token_hex(4)
        self._ids = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = f"{self._prefix}-{next(self._ids):x}"
        began = time.perf_counter()
        scope["request_id"] = request_id
        scope["app"] = self  # routes raise what they cannot answer only within an app
        status = 0
        body = Body(scope, receive, self._bodies)

        async def framed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message["headers"],
                    *SECURITY_HEADERS,
                    (b"x-request-id", request_id.encode()),
                ]
            await send(message)

        try:
            await self._app(scope, body.receive, framed)
        except ClientDisconnect:
            # Nobody is there to be answered; its own status keeps it apart in the figures.
            status = status or HUNG_UP
        except Exception as error:
            problem = problem_of(error, request_id)
            note_error(error, problem, scope)
            if not status:
                response = await self._answer(Request(scope), problem)
                await response(scope, receive, framed)
            elif status < 500:
                raise  # half an answer is out: the server cuts the connection
        finally:
            body.end()
            seconds = time.perf_counter() - began
            self._figures.add(scope["path"], scope["method"], status, seconds)
            log.debug(
                "http.request",
                request=request_id,
                method=scope["method"],
                path=scope["path"],
                status=status,
                seconds=round(seconds, 6),
            )

    async def _answer(self, request: Request, problem: Problem) -> Response:
        if problem.status != HTTPStatus.NOT_FOUND:
            return answer(request, problem, self._names)
        return await to_thread.run_sync(answer, request, problem, self._names)
