"""`/openapi.json`, and `/docs`: the same as a page, without a script or anything from elsewhere."""

from __future__ import annotations

from typing import Any

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


def type_of(schema: dict[str, Any]) -> str:
    """A JSON schema in a word or two."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[1]
    if "anyOf" in schema:
        return " or ".join(type_of(part) for part in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(str(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {type_of(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type") or "anything")
