"""Serves badges from memory: the one route that must cost next to nothing."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from buildtimetrend.errors import StoreError
from buildtimetrend.filters import FILTERS
from buildtimetrend.store import reads
from buildtimetrend.web.badges import BADGES, DEFAULT_TYPE, INTERVALS, Wanted, render, wanted
from buildtimetrend.web.cache import Kept, RepoCache
from buildtimetrend.web.context import Context
from buildtimetrend.web.params import lenient
from buildtimetrend.web.repos import KnownRepos

log = structlog.get_logger(__name__)

# Seconds. A build that lands is seen at once; this is for the interval, which moves on, and for browsers.
KEPT = 60
MAX_AGE = 30
REPOS = 2000
RECENT = 4096
# Bytes of an address that is worth remembering: strangers choose how long theirs are.
RECENT_LENGTH = 512


@dataclass(frozen=True, slots=True)
class _Answer:
    etag: bytes
    headers: list[tuple[bytes, bytes]]
    not_modified: list[tuple[bytes, bytes]]
    body: bytes


class BadgeRoute:
    """An ASGI app. What is drawn is kept; of a repo that does not exist nothing is, whatever its name.

    In front of that, `_recent` has what is kept by address: one look instead of reading the address, half the
    time.
    """

    def __init__(self, context: Context, repos: KnownRepos) -> None:
        self._store = context.store
        self._repos = repos
        self._answers: RepoCache[_Answer] = RepoCache(REPOS, per_repo=len(BADGES) * len(INTERVALS) * 2)
        self._unknown = _unknown()
        self._recent: dict[tuple[str, bytes], Kept[_Answer]] = {}
        # By the builds that had landed when it began: who asks later wants to see the last one.
        self._drawing: dict[tuple[Wanted, int], asyncio.Future[_Answer]] = {}
        repos.on_changed(self._answers.drop)

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        method = scope["method"]
        if method not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        address = (scope["path"], scope["query_string"])
        recent = self._recent.get(address)
        if recent is not None and recent.fresh(time.monotonic()) and self._repos.settled:
            answer = recent.value
        else:
            answer = await self._answer(address)
        if _matches(scope["headers"], answer.etag):
            await send({"type": "http.response.start", "status": 304, "headers": answer.not_modified})
            await send({"type": "http.response.body"})
            return
        await send({"type": "http.response.start", "status": 200, "headers": answer.headers})
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else answer.body})

    async def _answer(self, address: tuple[str, bytes]) -> _Answer:
        badge = _asked(*address)
        kept = self._kept(badge)
        if kept is None:
            answer = await self._draw(badge)
            kept = self._kept(badge)
            if kept is None or kept.value is not answer:
                return answer
        if len(address[0]) + len(address[1]) <= RECENT_LENGTH:
            if len(self._recent) >= RECENT:
                self._recent.clear()
            self._recent[address] = kept
        return kept.value

    def _kept(self, badge: Wanted) -> Kept[_Answer] | None:
        repo = self._repos.in_memory(badge.repo) if self._repos.settled else None
        return None if repo is None else self._answers.kept(repo, badge)

    async def _draw(self, badge: Wanted) -> _Answer:
        """Ask the store once, however many ask for the badge meanwhile."""
        if badge.type not in BADGES or badge.interval not in INTERVALS or not _allowed(badge.filters):
            return self._unknown[DEFAULT_TYPE, badge.json]
        repos = self._repos
        if repos.in_memory(badge.repo) is None and repos.settled and repos.trusted:
            return self._unknown[badge.type, badge.json]
        wanted = badge, repos.saves
        drawing = self._drawing.get(wanted)
        if drawing is None:
            drawing = asyncio.ensure_future(run_in_threadpool(self._make, badge))
            self._drawing[wanted] = drawing
            drawing.add_done_callback(lambda _: self._drawing.pop(wanted, None))
        # Shielded: the others still want it when the first one hangs up.
        return await asyncio.shield(drawing)

    def _make(self, badge: Wanted) -> _Answer:
        try:
            repo = self._repos.find(badge.repo)
            if repo is None:
                return self._unknown[badge.type, badge.json]
            return self._answers.answer(repo, badge, KEPT, lambda: self._drawn(badge))
        except StoreError as error:
            log.warning("badge.unknown", repo=badge.repo, reason=error.message)
            return self._unknown[badge.type, badge.json]

    def _drawn(self, badge: Wanted) -> _Answer:
        now = datetime.now(UTC)
        since = now - timedelta(days=INTERVALS[badge.interval])
        figures = reads.badge_figures(self._store, badge.repo, since, now, dict(badge.filters))
        drawn = None if figures is None else BADGES[badge.type].draw(figures, now)
        return _answer(render(BADGES[badge.type], drawn, json=badge.json), json=badge.json)


@cache
def _unknown() -> Mapping[tuple[str, bool], _Answer]:
    """By the badge's type and whether it is one of JSON: the answer where there is nothing to show."""
    return {
        (name, json): _answer(render(badge, None, json=json), json=json)
        for name, badge in BADGES.items()
        for json in (False, True)
    }


def _answer(body: bytes, *, json: bool) -> _Answer:
    etag = b'"' + hashlib.sha256(body).hexdigest()[:20].encode() + b'"'
    shared = [
        (b"etag", etag),
        (b"cache-control", b"public, max-age=%d" % MAX_AGE),
    ]
    content_type = b"application/json" if json else b"image/svg+xml;charset=utf-8"
    headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(body)), *shared]
    return _Answer(etag, headers, shared, body)


def _matches(headers: Iterable[tuple[bytes, bytes]], etag: bytes) -> bool:
    for name, value in headers:
        if name == b"if-none-match":
            return value.strip() == b"*" or etag in [
                tag.strip().removeprefix(b"W/") for tag in value.split(b",")
            ]
    return False


def _asked(path: str, query: bytes) -> Wanted:
    """What the address asks for; its parameters may be those of the old service and of pages, too."""
    badge = wanted(path.removeprefix("/badge"))
    if not query:
        return badge
    given: dict[str, Any] = dict(QueryParams(query))
    changes: dict[str, Any] = {
        field: given[name].lower()
        for name, field in (("badge_type", "type"), ("interval", "interval"))
        if given.get(name)
    }
    if given.get("repo_owner") and given.get("repo_name"):
        changes["repo"] = f"{given['repo_owner']}/{given['repo_name']}"
    filters = ((row.name, given.get(row.short) or given.get(row.parameter)) for row in FILTERS.values())
    return replace(badge, **changes, filters=tuple((name, value) for name, value in filters if value))


def _allowed(filters: Iterable[tuple[str, str]]) -> bool:
    return not lenient({FILTERS[name].parameter: value for name, value in filters}).rejected
