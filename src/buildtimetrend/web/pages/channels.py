"""`/channels`: by which channels people hear of what changed, whether they work, and a test of each."""

from __future__ import annotations

from functools import partial

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from buildtimetrend.web.channels import Trial, channels, tried
from buildtimetrend.web.http.auth import check_origin
from buildtimetrend.web.http.templating import page
from buildtimetrend.web.services import Services


class ChannelsPage:
    def __init__(self, services: Services) -> None:
        self._context = services.context
        self._auth = services.auth

    def channels(self, request: Request) -> Response:
        return self._page(request)

    async def test(self, request: Request) -> Response:
        """The button of that page."""
        check_origin(request)
        self._auth.check(request)
        name = request.path_params["channel"]
        trial = await to_thread.run_sync(partial(tried, self._context, name))
        return await to_thread.run_sync(partial(self._page, request, name, trial))

    def _page(self, request: Request, name: str = "", trial: Trial | None = None) -> Response:
        needs_sign_in = self._auth.needs_sign_in(request)
        return page(
            "channels.html",
            channels=[] if needs_sign_in else channels(self._context),
            needs_sign_in=needs_sign_in,
            public_url=self._context.settings.public_url,
            name=name,
            trial=trial,
        )
