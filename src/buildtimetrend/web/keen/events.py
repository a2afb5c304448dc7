"""Writing, showing and deleting events of one collection."""

from __future__ import annotations

import asyncio
import base64
import binascii
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from buildtimetrend.keen import inspect, writes
from buildtimetrend.keen.language import query
from buildtimetrend.keen.language.documents import Json, parse
from buildtimetrend.keen.language.errors import KeenError, left_out
from buildtimetrend.keen.project import Project
from buildtimetrend.store.base import Statement
from buildtimetrend.web.http.threads import OwnThreads
from buildtimetrend.web.keen import parameters
from buildtimetrend.web.keen.answers import answer, nothing
from buildtimetrend.web.keen.keys import Keys

# One transparent point.
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


class EventRoutes:
    def __init__(self, keys: Keys, project: Project, reading: OwnThreads, writing: OwnThreads) -> None:
        self._keys = keys
        self._project = project
        self._reading = reading
        self._writing = writing

    async def post(self, request: Request) -> Response:
        self._keys.require(request, "write")
        self._project.require_tables()
        await self._store(request, await request.body())
        return answer({"created": True}, 201)

    async def batch(self, request: Request) -> Response:
        self._keys.require(request, "write")
        self._project.require_tables()
        body = await request.body()
        statements, answers = await self._writing.run(self._batch, body)
        await self._execute(statements)
        return answer(answers)

    async def get(self, request: Request) -> Response:
        """The collection's properties; with `data`, an image that stores the event in it."""
        if "data" in request.query_params:
            return await self._beacon(request)
        self._keys.require(request, "read")
        collection = request.path_params["collection"]
        found = await self._reading.run(inspect.properties, self._project, collection)
        return answer({"properties": found})

    async def delete(self, request: Request) -> Response:
        self._keys.require(request)
        self._project.require_tables()
        document = {**await parameters.scope(request), "event_collection": request.path_params["collection"]}
        await self._execute(await self._writing.run(self._delete, document))
        return nothing()

    async def _beacon(self, request: Request) -> Response:
        self._keys.require(request, "write")
        self._project.require_tables()
        if "redirect" in request.query_params:
            raise left_out("Redirecting from an image")
        if request.method == "GET":
            await self._store(request, _decoded(request.query_params["data"]))
        return Response(PIXEL, media_type="image/gif", headers={"Cache-Control": "no-store"})

    async def _store(self, request: Request, body: bytes) -> None:
        collection = request.path_params["collection"]
        await self._execute(await self._writing.run(self._single, collection, body))

    async def _execute(self, statements: list[Statement]) -> None:
        if statements:
            await asyncio.wrap_future(self._project.store.execute(statements))

    def _single(self, collection: str, body: bytes) -> list[Statement]:
        document = parse(body, "The event")
        return writes.single(self._project, collection, document, datetime.now(UTC))

    def _batch(self, body: bytes) -> tuple[list[Statement], dict[str, list[Json]]]:
        return writes.batch(self._project, parse(body, "The batch"), datetime.now(UTC))

    def _delete(self, document: query.Document) -> list[Statement]:
        return writes.delete(self._project, query.events(document, datetime.now(UTC)))


def _decoded(data: str) -> bytes:
    """Base64 in either alphabet, with its padding or without; a blank was a plus."""
    text = data.replace(" ", "+").replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise KeenError("data is not base64.", "InvalidEventError") from None
