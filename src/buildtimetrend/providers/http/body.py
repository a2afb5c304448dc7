"""Reading an answer's body within bounds: of size, of time, and of what it unpacks to."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from buildtimetrend.http_deadline import whole

PIECE = 64 * 1024  # bytes that are unpacked at a time: a small body may unpack to a thousand times its size
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


class TooLong(Exception):
    """More bytes than the cap: those up to it have been given."""


class TooSlow(Exception):
    """More time than allowed."""


class Broken(Exception):
    """The packed body is damaged, cut or packed in a way that was not asked for."""


def pieces(response: httpx.Response, cap: int, deadline: float) -> Iterator[bytes]:
    """The unpacked body, at most `cap` bytes of it. `deadline` is of `time.monotonic()`.

    Raises `TooLong`, `TooSlow`, `Broken`, or an `httpx.TransportError`.
    """
    left = cap
    for piece in _in_time(_unpacked(response), deadline):
        if len(piece) > left:
            yield piece[:left]
            raise TooLong
        left -= len(piece)
        yield piece


@contextmanager
def in_time(deadline: float) -> Iterator[None]:
    """Raises `TooSlow` when what is done meanwhile waits beyond that, of `time.monotonic()`."""
    try:
        with whole(deadline - time.monotonic()):
            yield
    except httpx.TimeoutException:
        if time.monotonic() < deadline:
            raise
        raise TooSlow from None


def _in_time(chunks: Iterator[bytes], deadline: float) -> Iterator[bytes]:
    """Each piece alone is waited for: who takes them may be slow, or ask somebody else meanwhile."""
    while True:
        with in_time(deadline):
            piece = next(chunks, None)
        if piece is None:
            return
        yield piece
        if time.monotonic() > deadline:
            raise TooSlow


def _unpacked(response: httpx.Response) -> Iterator[bytes]:
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("identity", ""):
        return response.iter_raw()
    if encoding in ("gzip", "x-gzip", "deflate"):
        return _unzipped(response.iter_raw())
    raise Broken(f"packed as {encoding[:20]}")


def _unzipped(chunks: Iterator[bytes]) -> Iterator[bytes]:
    unzip = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        for chunk in chunks:
            rest = chunk
            while rest and not unzip.eof:
                yield unzip.decompress(rest, PIECE)
                rest = unzip.unconsumed_tail
    except zlib.error as error:
        raise Broken("damaged") from error
    if not unzip.eof:
        raise Broken("cut")
