"""JSON to send."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from starlette.responses import Response

from buildtimetrend.keen.language.documents import Json


def answer(content: Json, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(content), status, headers, "application/json")


def nothing() -> Response:
    """Deleted: clients take a body of a 204 for a broken connection."""
    return Response(status_code=204)
