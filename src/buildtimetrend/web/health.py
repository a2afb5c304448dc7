"""Whether the process lives, and whether it can do its work."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from buildtimetrend.errors import StoreError, StoreFull, StoreUnavailable
from buildtimetrend.web.context import Context


def healthz(_: Request) -> Response:
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


class Ready:
    def __init__(self, context: Context) -> None:
        self._context = context

    def readyz(self, _: Request) -> Response:
        """Raises `StoreUnavailable`, a 503, until store and tasks work.

        Without its broker the service still accepts all that it is asked for: it says so, and is ready.
        """
        try:
            self._context.store.ready()
        except StoreFull:
            raise
        except StoreError as error:
            raise StoreUnavailable("The store does not answer.", detail="store") from error
        if not self._context.tasks.running():
            raise StoreUnavailable("Builds are not being collected.", detail="tasks")
        away = [kind for kind, number in self._context.tasks.messages().items() if number is None]
        broker = {"broker": "away"} if away else {}
        return JSONResponse({"status": "ready", **broker}, headers={"Cache-Control": "no-store"})


def robots(_: Request) -> Response:
    return PlainTextResponse("User-agent: *\nDisallow: /travis\n", headers={"Cache-Control": "max-age=86400"})
