"""What there is: the project, its collections and their properties."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from buildtimetrend.keen import inspect
from buildtimetrend.keen.language.documents import Json
from buildtimetrend.keen.language.query import ANALYSES
from buildtimetrend.keen.project import Project
from buildtimetrend.web.http.threads import OwnThreads
from buildtimetrend.web.keen.answers import answer
from buildtimetrend.web.keen.keys import RIGHTS, Keys


class Overview:
    def __init__(self, keys: Keys, project: Project, threads: OwnThreads) -> None:
        self._keys = keys
        self._project = project
        self._threads = threads

    async def version(self, _: Request) -> Response:
        return answer({"projects_resource_url": "/3.0/projects"})

    async def projects(self, request: Request) -> Response:
        self._keys.require(request, *RIGHTS)
        return answer([await self._threads.run(self._told)])

    async def project(self, request: Request) -> Response:
        self._keys.require(request, "read")
        return answer(await self._threads.run(self._told))

    async def collections(self, request: Request) -> Response:
        self._keys.require(request, "read")
        found = await self._threads.run(inspect.collections, self._project)
        in_full = request.query_params.get("include_schema") != "false"
        return answer([self._collection(name, types if in_full else None) for name, types in found.items()])

    async def property(self, request: Request) -> Response:
        self._keys.require(request, "read")
        collection, name = request.path_params["collection"], request.path_params["property"]
        type_ = await self._threads.run(inspect.type_of, self._project, collection, name)
        url = f"{self._url(collection)}/properties/{quote(name, safe='')}"
        return answer({"property_name": name, "url": url, "type": type_})

    async def queries(self, request: Request) -> Response:
        self._keys.require(request, "read")
        at = f"/3.0/projects/{self._keys.project_id}/queries"
        return answer({f"{analysis}_url": f"{at}/{analysis}" for analysis in ANALYSES})

    def _told(self) -> dict[str, Json]:
        id = self._keys.project_id
        at = f"/3.0/projects/{id}"
        names = inspect.collections(self._project)
        return {
            "id": id,
            "name": "Buildtime Trend",
            "url": at,
            "events": [self._collection(name, None) for name in names],
            "events_url": f"{at}/events",
            "queries_url": f"{at}/queries",
            "saved_queries": [],
        }

    def _collection(self, name: str, types: dict[str, str] | None) -> dict[str, Any]:
        schema = {} if types is None else {"properties": types}
        return {"name": name, "url": self._url(name), **schema}

    def _url(self, collection: str) -> str:
        return f"/3.0/projects/{self._keys.project_id}/events/{quote(collection, safe='')}"
