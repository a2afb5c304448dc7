"""The ASGI application: the simulated API, its storage host, and the paths under `/_` that control both.

GET    /_requests               how often each path was asked for
GET    /_expected/OWNER/REPO    what a store should hold of a project, one entry per build
POST   /_misbehave              {"path": "/build/*", "kind": "server_error", "times": 2, ...}; DELETE ends it
POST   /_notify                 {"url", "slug", "number", "form", "signing"}: send a build's webhook
POST   /_restart                {"slug", "number"}
POST   /_rotate_key
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import asdict
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import parse_qsl

import httpx
import orjson

from buildtimetrend.demo import notifications
from buildtimetrend.demo.api import TravisApi
from buildtimetrend.demo.catalogue import Catalogue
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


class SimulatedApp:
    def __init__(self, catalogue: Catalogue, sender: notifications.Sender) -> None:
        self.misbehaviours = Misbehaviours()
        self.sender = sender
        self._catalogue = catalogue
        self._api = TravisApi(catalogue)
        self._counts: Counter[str] = Counter()
        self._url = self._storage_url = ""
        self._publish()

    def serve_at(self, url: str, storage_url: str) -> None:
        self._url, self._storage_url = url, storage_url
        self._api.storage.url = storage_url

    @property
    def public_key(self) -> str:
        return self._api.public_key

    def rotate_key(self) -> None:
        self.sender.key = notifications.new_key()
        self._publish()

    def requests(self, pattern: str) -> int:
        return sum(count for path, count in tuple(self._counts.items()) if fnmatchcase(path, pattern))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await _request(scope, receive)
        if request.path.startswith("/_"):
            await _send(await self._control(request), send)
            return
        self._counts[request.path] += 1
        answer = self._answer(request)
        order = self.misbehaviours.take(request.path)
        if order is None:
            await _send(answer, send)
        elif response := instead(order, answer):
            await _send(response, send)
        else:
            await self._misbehave(order, answer, receive, send)

    def _answer(self, request: Request) -> Response:
        at_storage = self._storage_url.endswith(f":{request.port}")
        return self._api.storage.respond(request) if at_storage else self._api.respond(request)

    async def _misbehave(self, order: Misbehaviour, answer: Response, receive: Receive, send: Send) -> None:
        given_up = asyncio.Event()
        watcher = asyncio.create_task(_until_gone(receive, given_up))
        try:
            await misbehave(order, answer, send, given_up)
        finally:
            watcher.cancel()

    def _publish(self) -> None:
        self._api.public_key = notifications.pem(self.sender.key)

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
            case "POST", "/_rotate_key":
                self.rotate_key()
            case "POST", "/_restart":
                self._catalogue.restart(document["slug"], int(document["number"]))
            case "POST", "/_notify":
                return await self._notify(document)
            case "GET", path if path.startswith("/_expected/"):
                expected = self._catalogue.history.expected(path.removeprefix("/_expected/"))
                return json_response({"builds": [asdict(build) for build in expected]})
            case _:
                return text_response(b"no such control\n", 404)
        return json_response({"done": True})

    async def _notify(self, document: Document) -> Response:
        build = self._catalogue.finished(document["slug"], int(document["number"]))
        self._catalogue.announce(build)
        forms = {"form": document.get("form", "new"), "signing": document.get("signing", "own")}
        headers, body = self.sender.webhook(build, self._url, **forms)
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
