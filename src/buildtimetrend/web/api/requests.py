"""Requests with large bodies, packed or not, from those who have the admin token."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Coroutine
from typing import Any

import orjson
from anyio import to_thread
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from buildtimetrend.errors import BadRequest, TooLarge
from buildtimetrend.web.http.auth import Auth
from buildtimetrend.web.http.body_limits import LARGE_BODY

# Bytes of a body once it is unpacked: what is refused for its size was never in memory as a whole.
MOST_UNPACKED = 2 * LARGE_BODY
MOST_PARTS = 20  # gzip files that follow one another in a body: the rest is copied for each
_GZIP = 31  # zlib's word for gzip with its header


class LargeRequest(Request):
    """Unpacks and reads its body on a thread: that takes up to a second, and others wait."""

    async def body(self) -> bytes:
        if not hasattr(self, "_unpacked"):
            packed = await super().body()
            encoding = self.headers.get("content-encoding", "identity").strip().lower()
            if encoding not in ("identity", "gzip", ""):
                raise BadRequest("A body may be packed with gzip, nothing else.", detail="Content-Encoding")
            self._unpacked = await to_thread.run_sync(_unpacked, packed) if encoding == "gzip" else packed
        return self._unpacked

    async def json(self) -> Any:
        return await to_thread.run_sync(_read, await self.body())


def for_admins(auth: Auth) -> type[APIRoute]:
    """A kind of route whose requests bear the admin token: that is seen to before the body is read."""

    class AdminRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def checked(request: Request) -> Response:
                auth.require_token(request)
                return await handle(LargeRequest(request.scope, request.receive))

            return checked

    return AdminRoute


def _unpacked(packed: bytes) -> bytes:
    parts: list[bytes] = []
    left = MOST_UNPACKED
    while packed:
        if len(parts) == MOST_PARTS:
            raise BadRequest(f"A packed body may be {MOST_PARTS} gzip files at most.", detail="body")
        unpacker = zlib.decompressobj(_GZIP)
        try:
            parts.append(unpacker.decompress(packed, left + 1))
        except zlib.error as error:
            raise BadRequest(f"The body cannot be unpacked: {error}.", detail="body") from error
        left -= len(parts[-1])
        if left < 0:
            raise TooLarge(f"Unpacked, a body may have {MOST_UNPACKED} bytes at most.", detail="body")
        if not unpacker.eof:
            raise BadRequest("The body cannot be unpacked: it is cut off.", detail="body")
        packed = unpacker.unused_data  # gzip files may follow one another
    return b"".join(parts)


def _read(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"The body is not JSON: {error}.", detail="body") from error
