"""The ASGI application: a simulated CI's API, its storage host, and the paths under `/_` that control both.

GET    /_requests               how often each path was asked for
GET    /_expected/OWNER/REPO    what a store should hold of a project, one entry per build
POST   /_misbehave              {"path": "/build/*", "kind": "server_error", "times": 2, ...}; DELETE ends it
POST   /_notify                 {"url", "slug", "number", ...}: send a build's webhook
POST   /_restart                {"slug", "number"}: run a build again

`number` is a build's number at Travis CI; elsewhere `id`, the run's or pipeline's, takes its place.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import asdict, replace
from fnmatch import fnmatchcase
from typing import Any, Protocol
from urllib.parse import parse_qsl

import httpx
import orjson

from buildtimetrend.demo.history import Expected
from buildtimetrend.demo.messages import Document, Request, Response, json_response, redirect, text_response
from buildtimetrend.demo.misbehaviour import (
    Kind,
    Misbehaviour,
    Misbehaviours,
    Send,
    encoded,
    instead,
    misbehave,
)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class Simulation(Protocol):
    """A CI system. What it is told of a build names it as the controls do; `LookupError` if there is none."""

    def serve_at(self, url: str, storage_url: str, /) -> None: ...

    def respond(self, request: Request) -> Response: ...

    def notification(self, told: Document) -> tuple[dict[str, str], bytes]:
        """Headers and body of the request that tells of a build; its result is now on its way to the API."""
        ...

    def restart(self, told: Document) -> None: ...

    def expected(self, slug: str) -> Iterable[Expected]: ...

    def controlled(self, path: str) -> bool:
        """Whether that was a control of this CI alone, which is done now."""
        ...


class SimulatedApp:
    def __init__(self, simulation: Simulation) -> None:
        self.misbehaviours = Misbehaviours()
        self._simulation = simulation
        self._counts: Counter[str] = Counter()

    def requests(self, pattern: str) -> int:
        return sum(count for path, count in tuple(self._counts.items()) if fnmatchcase(path, pattern))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await _request(scope, receive)
        if request.path.startswith("/_"):
            await _send(await self._control(request), send)
            return
        self._counts[request.path] += 1
        order = self.misbehaviours.take(request.path, scope["query_string"].decode())
        if order and order.kind is Kind.MOVED_PAGE:
            request = replace(request, moved=order.moved)
        answer = self._simulation.respond(request)
        if order is None:
            await _send(answer, send)
        elif response := instead(order, answer):
            await _send(response, send)
        else:
            await self._misbehave(order, answer, receive, send)

    async def _misbehave(self, order: Misbehaviour, answer: Response, receive: Receive, send: Send) -> None:
        given_up = asyncio.Event()
        watcher = asyncio.create_task(_until_gone(receive, given_up))
        try:
            await misbehave(order, answer, send, given_up)
        finally:
            watcher.cancel()

    async def _control(self, request: Request) -> Response:
        try:
            return await self._controlled(request)
        except (orjson.JSONDecodeError, LookupError, TypeError, ValueError) as error:
            return text_response(f"{type(error).__name__}: {error}\n".encode(), 400)

    async def _controlled(self, request: Request) -> Response:
        document: Document = orjson.loads(request.body) if request.body else {}
        match request.method, request.path:
            case _, "/_loop":
                return redirect("/_loop", 302)
            case "GET", "/_requests":
                return json_response(dict(self._counts))
            case "POST", "/_misbehave":
                self.misbehaviours.order(Misbehaviour(**document | {"kind": Kind(document["kind"])}))
            case "DELETE", "/_misbehave":
                self.misbehaviours.clear()
            case "POST", "/_restart":
                self._simulation.restart(document)
            case "POST", "/_notify":
                return await self._notify(document)
            case "GET", path if path.startswith("/_expected/"):
                expected = self._simulation.expected(path.removeprefix("/_expected/"))
                return json_response({"builds": [asdict(build) for build in expected]})
            case "POST", path if self._simulation.controlled(path):
                pass
            case _:
                return text_response(b"no such control\n", 404)
        return json_response({"done": True})

    async def _notify(self, document: Document) -> Response:
        headers, body = self._simulation.notification(document)
        async with httpx.AsyncClient(timeout=30) as client:
            answer = await client.post(document["url"], headers=headers, content=body)
        return json_response({"status": answer.status_code, "text": answer.text})


async def _request(scope: Scope, receive: Receive) -> Request:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return Request(
        method=scope["method"],
        path=scope["raw_path"].decode(),
        query=dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True)),
        headers={name.decode(): value.decode("latin-1") for name, value in scope["headers"]},
        port=scope["server"][1],
        body=body,
    )


async def _until_gone(receive: Receive, given_up: asyncio.Event) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    given_up.set()


async def _send(response: Response, send: Send) -> None:
    headers = {
        "content-type": response.content_type,
        "content-length": str(len(response.body)),
        "x-simulated": "true",
    }
    start = {
        "type": "http.response.start",
        "status": response.status,
        "headers": encoded(headers | {**response.headers}),
    }
    await send(start)
    await send({"type": "http.response.body", "body": response.body})
