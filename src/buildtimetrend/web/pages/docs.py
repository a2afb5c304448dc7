"""`/openapi.json`, and `/docs`: the same as a page, without a script or anything from elsewhere."""

from __future__ import annotations

from typing import Any, TypeAlias

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from buildtimetrend.web.http.templating import page


class Docs:
    def __init__(self, api: FastAPI) -> None:
        self._api = api

    def openapi(self, _: Request) -> Response:
        return JSONResponse(self._api.openapi())

    def docs(self, _: Request) -> Response:
        document = self._api.openapi()
        operations = [
            {"path": path, "method": method.upper(), **operation}
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
        ]
        return page(
            "docs.html",
            info=document["info"],
            prefix=document["servers"][0]["url"],
            operations=operations,
            schemas=document["components"]["schemas"],
            type_of=type_of,
        )


Words: TypeAlias = list[tuple[str, str | None]]


def type_of(schema: dict[str, Any]) -> Words:
    """A JSON schema in a word or two, each with the name of the type that it is, if it is one of ours."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rsplit("/", 1)[1]
        return [(name, name)]
    if "anyOf" in schema:
        first, *others = (type_of(part) for part in schema["anyOf"])
        return [*first, *(word for other in others for word in [(" or ", None), *other])]
    if "enum" in schema:
        return [(", ".join(str(value) for value in schema["enum"]), None)]
    if schema.get("type") == "array":
        return [("list of ", None), *type_of(schema.get("items", {}))]
    return [(str(schema.get("format") or schema.get("type") or "anything"), None)]
