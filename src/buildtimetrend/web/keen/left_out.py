"""Addresses of the protocol that this service lacks, and answers by saying so."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from buildtimetrend.keen.language.errors import left_out

_ALL = ["GET", "POST", "PUT", "DELETE"]
# docs/keen.md has a line for each.
LEFT_OUT = {
    "organizations/{rest:path}": _ALL,
    "projects/{project}/keys": _ALL,
    "projects/{project}/keys/{rest:path}": _ALL,
    "projects/{project}/datasets": _ALL,
    "projects/{project}/datasets/{rest:path}": _ALL,
    "projects/{project}/events/{collection:path}/properties/{property}": ["DELETE"],
    "projects/{project}/events/{collection:path}": ["PUT"],
}
_NAMES = {
    "organizations": "Managing organizations",
    "keys": "Managing access keys",
    "datasets": "Cached datasets",
    "PUT": "Changing events",
    "DELETE": "Deleting a property",
}


async def refuse(request: Request) -> Response:
    parts = request.scope["path"].split("/")
    at = parts[2] if parts[2] == "organizations" else parts[4]
    raise left_out(_NAMES.get(at) or _NAMES[request.method])
