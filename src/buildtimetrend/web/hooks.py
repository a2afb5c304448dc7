"""Webhooks: verified, allowed, on disk; then 202."""

from __future__ import annotations

import asyncio
import hashlib
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import TypeVar

import structlog
from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from buildtimetrend.errors import Error, Forbidden, NotFound, StoreUnavailable
from buildtimetrend.ingest import Ingest
from buildtimetrend.model import Delivery, Hook
from buildtimetrend.providers.base import Provider, Received
from buildtimetrend.web.context import Context
from buildtimetrend.web.metrics import Metrics
from buildtimetrend.web.refusals import Refusals

T = TypeVar("T")
log = structlog.get_logger(__name__)

# Of each CI's own: neither a slow page nor the key of another CI that does not come holds up a notification.
# Verifying is short, asking for a key is rare.
THREADS = 4
# Seconds until a notification that is not stored yet is answered with 503: a CI waits for 10.
PATIENCE = 8.0


class Hooks:
    def __init__(self, context: Context, metrics: Metrics, ingest: Ingest, refusals: Refusals) -> None:
        self._context = context
        self._metrics = metrics
        self._ingest = ingest
        self._refusals = refusals
        self._threads: dict[str, CapacityLimiter] = {}

    async def hook(self, request: Request) -> Response:
        """`POST /hooks/{provider}`."""
        name = request.path_params["provider"]
        if name not in self._context.providers:
            known = ", ".join(self._context.providers)
            raise NotFound(f"There is no such provider. Known: {known}.", detail="provider")
        return await self.receive(request, name)

    async def receive(self, request: Request, name: str) -> Response:
        """Take one webhook. The answer says in words what becomes of it."""
        body = await request.body()
        provider = self._context.providers[name]
        try:
            hook = await self._read(provider, request, body)
        except Error as error:
            self._metrics.delivery(name, error.code)
            self._refused(name, error)
            raise
        if hook.repo is not None and not self._context.settings.allows(hook.repo):
            self._metrics.delivery(name, "forbidden")
            forbidden = Forbidden("The settings of this service do not allow this repo.", detail="repo")
            self._refused(name, forbidden)
            raise forbidden
        new = await self._stored(_delivery(provider, hook), hook)
        self._metrics.delivery(name, ("accepted" if hook.finished else "unfinished") if new else "replayed")
        return PlainTextResponse(_said(hook, new), 202)

    def _refused(self, name: str, error: Error) -> None:
        log.info("hook.refused", provider=name, reason=error.message)
        self._refusals.note(name, error.message, datetime.now(UTC))

    async def _stored(self, delivery: Delivery, hook: Hook) -> bool:
        """Whether it is new. What is stored after all is known when the CI sends it again."""
        if hook.build is not None and hook.finished:
            # First: a delivery that is known already is not looked into again.
            await self._in_time(self._ingest.land(hook.build))
            return await self._in_time(self._context.tasks.accept(delivery, None))
        return await self._in_time(self._context.tasks.accept(delivery, hook.ref if hook.finished else None))

    async def _in_time(self, stored: Future[T]) -> T:
        try:
            return await asyncio.wait_for(asyncio.wrap_future(stored), PATIENCE)
        except TimeoutError:
            raise StoreUnavailable("The store takes too long; send it again.", detail="store") from None

    async def _read(self, provider: Provider, request: Request, body: bytes) -> Hook:
        threads = self._threads.get(provider.name)
        if threads is None:  # it belongs to the event loop that runs now
            threads = self._threads[provider.name] = CapacityLimiter(THREADS)
        received = Received({key.lower(): value for key, value in request.headers.items()}, body)
        return await to_thread.run_sync(provider.receive, received, limiter=threads)


def _delivery(provider: Provider, hook: Hook) -> Delivery:
    # Known by what was signed: whoever saw one notification can send it in any number of forms.
    return Delivery(
        id=hashlib.sha256(provider.name.encode() + b"\n" + hook.payload).hexdigest(),
        provider=provider.kind,
        instance=provider.instance,
        repo=hook.repo or "",
        received_at=datetime.now(UTC),
        state=hook.state,
        payload=hook.payload.decode("utf-8", "backslashreplace").replace("\0", "\\x00"),
    )


def _said(hook: Hook, new: bool) -> str:
    about = (
        str(hook.ref) if hook.ref else f"{hook.build.repo} build {hook.build.number}" if hook.build else ""
    )
    if not about:
        return f"Received ({hook.state}): it names no build, and nothing is to be done.\n"
    if not new:
        return f"{about}: this notification was received before; nothing is to be done.\n"
    if not hook.finished:
        return f"{about} has not finished (state {hook.state}); nothing is to be done.\n"
    return f"{about} is {'stored' if hook.build else 'scheduled'}.\n"
