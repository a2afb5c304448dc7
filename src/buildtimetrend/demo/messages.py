"""An HTTP request and its answer, as far as the simulator needs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeAlias

import orjson

Document: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str  # as sent: `%2F` in a slug is still there
    query: Mapping[str, str]
    headers: Mapping[str, str]  # names are lower case
    port: int
    body: bytes = b""
    moved: int = 0  # a list begins so many entries further back: as many are new since its first page


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    body: bytes
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


def json_response(document: Document | Sequence[Document], status: int = 200) -> Response:
    return Response(status, orjson.dumps(document), "application/json")


def text_response(body: bytes, status: int = 200) -> Response:
    return Response(status, body, "text/plain; charset=utf-8")


def redirect(location: str, status: int = 307) -> Response:
    return Response(status, b"", "text/plain", {"location": location})


@lru_cache(maxsize=1024)
def iso(second: int | None) -> str | None:
    """`2017-06-06T18:06:56Z`, as the APIs of Travis CI and GitHub write instants."""
    return None if second is None else f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%SZ}"
