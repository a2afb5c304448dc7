"""Saved queries, and their results."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from buildtimetrend.keen import saved
from buildtimetrend.keen.language.documents import parse
from buildtimetrend.keen.language.errors import not_found
from buildtimetrend.keen.project import Project
from buildtimetrend.web.http.threads import OwnThreads
from buildtimetrend.web.keen.answers import answer, nothing
from buildtimetrend.web.keen.keys import Keys
from buildtimetrend.web.keen.queries import ask


class SavedRoutes:
    def __init__(self, keys: Keys, project: Project, threads: OwnThreads) -> None:
        self._keys = keys
        self._project = project
        self._threads = threads

    async def every(self, request: Request) -> Response:
        self._keys.require(request)
        found = await self._threads.run(saved.every, self._project.store)
        return answer([saved.shown(each, self._address) for each in found])

    async def get(self, request: Request) -> Response:
        self._keys.require(request)
        found = await self._threads.run(saved.one, self._project.store, request.path_params["name"])
        return answer(saved.shown(found, self._address))

    async def put(self, request: Request) -> Response:
        self._keys.require(request)
        self._project.require_tables()
        body = parse(await request.body(), "The body")
        asked = saved.saved(request.path_params["name"], body, datetime.now(UTC))
        await asyncio.wrap_future(self._project.store.execute(saved.put(asked)))
        return answer(saved.shown(asked, self._address), 201)

    async def delete(self, request: Request) -> Response:
        self._keys.require(request)
        self._project.require_tables()
        name = request.path_params["name"]
        deleted = await asyncio.wrap_future(self._project.store.execute(saved.delete(name)))
        if not sum(deleted):
            raise not_found(f"saved query {name}")
        return nothing()

    async def result(self, request: Request) -> Response:
        self._keys.require(request, "read")
        return await self._threads.run(self._result, request.path_params["name"])

    def _result(self, name: str) -> Response:
        found = saved.one(self._project.store, name)
        result = ask(self._project, found.definition["analysis_type"], found.definition)
        return answer({**saved.shown(found, self._address), **result})

    @property
    def _address(self) -> str:
        return f"/3.0/projects/{self._keys.project_id}/queries/saved"
