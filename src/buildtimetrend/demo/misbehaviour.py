"""What can go wrong with a CI's API, done on command and for real, on the wire."""

from __future__ import annotations

import asyncio
import struct
import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, replace
from email.utils import formatdate
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cache
from time import time
from typing import Any

import orjson

from buildtimetrend.demo.messages import Response, json_response, redirect, text_response

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
_CHUNK = b"still building, and nothing new to tell\r\n" * 1500
_MEGABYTE = 1 << 20
_BOMB_MEGABYTES = 512


class Kind(StrEnum):
    TOO_MANY_REQUESTS = "too_many_requests"  # 429; `retry_after` in seconds
    TOO_MANY_REQUESTS_DATE = "too_many_requests_date"  # the same as an HTTP date
    SERVER_ERROR = "server_error"  # `status`
    NEVER_ANSWER = "never_answer"
    SLOW_ANSWER = "slow_answer"  # byte by byte, with `seconds` between
    CUT_LENGTH = "cut_length"  # less than Content-Length says, then the connection ends
    CUT_CHUNKS = "cut_chunks"  # a chunked body without its end
    WRONG_JSON = "wrong_json"
    HTML = "html"
    EMPTY = "empty"
    WRONG_TYPES = "wrong_types"  # every field of the true answer has another type
    ENDLESS = "endless"
    ENDLESS_SLOW = "endless_slow"  # a line every `seconds`
    GZIP_BOMB = "gzip_bomb"
    REDIRECT_LOOP = "redirect_loop"
    FOREIGN_REDIRECT = "foreign_redirect"  # to `location`
    FORBIDDEN_LIMIT = (
        "forbidden_limit"  # 403: no requests left for `retry_after` seconds, by the reset's time
    )
    FORBIDDEN_SECONDARY = "forbidden_secondary"  # 403: too many at a time, with Retry-After
    FORBIDDEN_SILENT = "forbidden_silent"  # the same without
    MOVED_PAGE = "moved_page"  # `moved` entries are new since the list's first page
    NO_TOTALS = "no_totals"  # as GitLab answers for more than 10,000 entries


@dataclass(frozen=True, slots=True)
class Misbehaviour:
    """Answer the next `times` requests whose path and query match these shell patterns in this way."""

    path: str
    kind: Kind
    times: int = 1
    query: str = "*"
    moved: int = 1
    status: int = 503
    retry_after: int = 1
    seconds: float = 0.05
    location: str = "http://foreign.invalid/"  # by RFC 2606 no such host exists


class Misbehaviours:
    """Those ordered and not yet used up, oldest first."""

    def __init__(self) -> None:
        self._orders: list[Misbehaviour] = []

    def order(self, order: Misbehaviour) -> None:
        self._orders.append(order)

    def clear(self) -> None:
        self._orders.clear()

    def take(self, path: str, query: str = "") -> Misbehaviour | None:
        """What to do with this request; uses up one of its times."""
        for index, order in enumerate(self._orders):
            if fnmatchcase(path, order.path) and fnmatchcase(query, order.query):
                self._orders[index : index + 1] = (
                    [replace(order, times=order.times - 1)] if order.times > 1 else []
                )
                return order
        return None


def instead(order: Misbehaviour, answer: Response) -> Response | None:  # noqa: PLR0911, PLR0912  (a table)
    """The response that takes the true answer's place; None for what is done on the wire (`misbehave`)."""
    match order.kind:
        case Kind.TOO_MANY_REQUESTS:
            return replace(
                text_response(b"Retry later\n", 429), headers={"retry-after": str(order.retry_after)}
            )
        case Kind.TOO_MANY_REQUESTS_DATE:
            when = formatdate(time() + order.retry_after, usegmt=True)
            return replace(text_response(b"Retry later\n", 429), headers={"retry-after": when})
        case Kind.SERVER_ERROR:
            return text_response(b"Sorry, we experienced an error.\n", order.status)
        case Kind.WRONG_JSON:
            return replace(answer, body=answer.body[: len(answer.body) // 2])
        case Kind.HTML:
            page = b"<!DOCTYPE html><html><body><h1>We are down for maintenance</h1></body></html>"
            return Response(200, page, "text/html; charset=utf-8")
        case Kind.EMPTY:
            return replace(answer, body=b"")
        case Kind.WRONG_TYPES:
            return replace(answer, body=orjson.dumps(_other_type(orjson.loads(answer.body))))
        case Kind.GZIP_BOMB:
            return replace(answer, body=gzip_bomb(), headers={"content-encoding": "gzip"})
        case Kind.REDIRECT_LOOP:
            return redirect("/_loop", 302)
        case Kind.FOREIGN_REDIRECT:
            return redirect(order.location)
        case Kind.FORBIDDEN_LIMIT | Kind.FORBIDDEN_SECONDARY | Kind.FORBIDDEN_SILENT:
            return _forbidden(order, answer)
        case Kind.MOVED_PAGE:
            return answer
        case Kind.NO_TOTALS:
            hidden = {"x-total", "x-total-pages"}
            kept = {name: value for name, value in answer.headers.items() if name not in hidden}
            return replace(answer, headers=kept)
        case _:
            return None


def _forbidden(order: Misbehaviour, answer: Response) -> Response:
    """In the words and headers of GitHub."""
    message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    headers = dict(answer.headers)
    if order.kind is Kind.FORBIDDEN_LIMIT:
        message = "API rate limit exceeded for simulated."
        headers |= {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time()) + order.retry_after)}
    elif order.kind is Kind.FORBIDDEN_SECONDARY:
        headers |= {"retry-after": str(order.retry_after)}
    return replace(json_response({"message": message}, 403), headers=headers)


async def misbehave(order: Misbehaviour, answer: Response, send: Send, given_up: asyncio.Event) -> None:
    """Send the true answer wrongly, or never; `given_up` tells that the client left."""
    if order.kind is Kind.NEVER_ANSWER:
        await given_up.wait()
        return
    length = (
        {"content-length": str(len(answer.body))} if order.kind in {Kind.CUT_LENGTH, Kind.SLOW_ANSWER} else {}
    )
    headers = {"content-type": answer.content_type} | length
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded(headers)})
    if order.kind in {Kind.CUT_LENGTH, Kind.CUT_CHUNKS}:
        half = answer.body[: len(answer.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
    elif order.kind is Kind.SLOW_ANSWER:
        await _drip(answer.body, order.seconds, send, given_up)
    else:
        await _never_end(order, send, given_up)


def encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


async def _drip(body: bytes, seconds: float, send: Send, given_up: asyncio.Event) -> None:
    for position in range(len(body)):
        if await _within(given_up, seconds):
            return
        await send({"type": "http.response.body", "body": body[position : position + 1], "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _never_end(order: Misbehaviour, send: Send, given_up: asyncio.Event) -> None:
    slow = order.kind is Kind.ENDLESS_SLOW
    chunk = _CHUNK[: _CHUNK.index(b"\n") + 1] if slow else _CHUNK
    while not await _within(given_up, order.seconds if slow else 0):
        await send({"type": "http.response.body", "body": chunk, "more_body": True})


async def _within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False


def _other_type(value: Any) -> Any:
    match value:
        case dict():
            return {name: each if name.startswith("@") else _other_type(each) for name, each in value.items()}
        case list():
            return {"0": value}
        case bool() | None:
            return [value]
        case int():
            return {"value": value}
        case _:
            return len(str(value))


@cache
def gzip_bomb() -> bytes:
    """Half a gigabyte of blanks in half a megabyte: one compressed megabyte again and again."""
    blank = b" " * _MEGABYTE
    compressor = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = compressor.compress(blank) + compressor.flush(zlib.Z_FULL_FLUSH)
    checksum = 0
    for _ in range(_BOMB_MEGABYTES):
        checksum = zlib.crc32(blank, checksum)
    end = compressor.flush() + struct.pack("<LL", checksum, _BOMB_MEGABYTES * _MEGABYTE)
    return b"\x1f\x8b\x08\0\0\0\0\0\x02\xff" + block * _BOMB_MEGABYTES + end
