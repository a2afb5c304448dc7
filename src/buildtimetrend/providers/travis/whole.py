"""One exchange with a bound on the whole of it, from the name's look-up to the last byte."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import httpx

from buildtimetrend.providers.travis.body import TooLong


def get(
    url: str, headers: Mapping[str, str], timeout: httpx.Timeout, *, size: int, seconds: float
) -> tuple[httpx.Response, bytes]:
    """The answer and its body, on a connection of its own; blocks for `seconds` at most.

    A time limit for each read, which is what blocking calls have, ends no answer that drips. Raises
    `TooLong`, `TimeoutError` or what httpx raises.
    """
    return asyncio.run(_within(seconds, url, headers, timeout, size))


async def _within(
    seconds: float, url: str, headers: Mapping[str, str], timeout: httpx.Timeout, size: int
) -> tuple[httpx.Response, bytes]:
    given = {**headers, "accept-encoding": "identity"}
    async with (
        asyncio.timeout(seconds),
        httpx.AsyncClient(timeout=timeout) as client,
        client.stream("GET", url, headers=given) as response,
    ):
        return response, await _body(response, size)


async def _body(response: httpx.Response, size: int) -> bytes:
    content = bytearray()
    async for piece in response.aiter_raw():
        content += piece
        if len(content) > size:
            raise TooLong
    return bytes(content)
