"""Webhooks: verified, allowed, on disk; then 202."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime

import structlog
from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from buildtimetrend.errors import Error, Forbidden, NotFound, StoreUnavailable
from buildtimetrend.model import Delivery, Hook
from buildtimetrend.providers.base import Provider
from buildtimetrend.web.context import Context
from buildtimetrend.web.metrics import Metrics

log = structlog.get_logger(__name__)

# Of their own: a slow page must not hold up a notification. Verifying is short, asking for a key is rare.
THREADS = 4
# Seconds until a notification that is not stored yet is answered with 503: a CI waits for 10.
PATIENCE = 8.0


class Hooks:
    def __init__(self, context: Context, metrics: Metrics) -> None:
        self._context = context
        self._metrics = metrics
        self._threads: CapacityLimiter | None = None

    async def hook(self, request: Request) -> Response:
        """`POST /hooks/{provider}`."""
        name = request.path_params["provider"]
        if name not in self._context.providers:
            known = ", ".join(self._context.providers)
            raise NotFound(f"There is no such provider; there is: {known}.", detail="provider")
        return await self.receive(request, name)

    async def receive(self, request: Request, name: str) -> Response:
        """Take one webhook. The answer says in words what becomes of it."""
        body = await request.body()
        try:
            hook = await self._read(self._context.providers[name], request, body)
        except Error as error:
            self._metrics.delivery(name, error.code)
            log.info("hook.refused", provider=name, reason=error.message)
            raise
        if not self._context.settings.allows(hook.ref.repo):
            self._metrics.delivery(name, "forbidden")
            raise Forbidden("The settings of this service do not allow this repo.", detail="repo")
        new = await self._accepted(_delivery(name, hook), hook)
        self._metrics.delivery(name, ("accepted" if hook.finished else "unfinished") if new else "replayed")
        return PlainTextResponse(_said(hook, new), 202)

    async def _accepted(self, delivery: Delivery, hook: Hook) -> bool:
        """Whether it is new. What is stored after all is known when the CI sends it again."""
        accepted = self._context.tasks.accept(delivery, hook.ref if hook.finished else None)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(accepted), PATIENCE)
        except TimeoutError:
            raise StoreUnavailable("The store takes too long; send it again.", detail="store") from None

    async def _read(self, provider: Provider, request: Request, body: bytes) -> Hook:
        if self._threads is None:
            self._threads = CapacityLimiter(THREADS)  # it belongs to the event loop that runs now
        headers = {key.lower(): value for key, value in request.headers.items()}
        return await to_thread.run_sync(provider.receive, headers, body, limiter=self._threads)


def _delivery(provider: str, hook: Hook) -> Delivery:
    # Known by what was signed: whoever saw one notification can send it in any number of forms.
    return Delivery(
        id=hashlib.sha256(provider.encode() + b"\n" + hook.payload).hexdigest(),
        provider=provider,
        repo=hook.ref.repo,
        received_at=datetime.now(UTC),
        state=hook.state,
        payload=hook.payload.decode("utf-8", "backslashreplace").replace("\0", "\\x00"),
    )


def _said(hook: Hook, new: bool) -> str:
    if not new:
        return f"{hook.ref}: this notification was received before; nothing is to be done.\n"
    if not hook.finished:
        return f"{hook.ref} has not finished (state {hook.state}); nothing is to be done.\n"
    return f"{hook.ref} is scheduled.\n"
