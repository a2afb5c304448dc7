"""An end for exchanges over HTTP: httpx bounds each read alone, and a byte a second never ends.

`whole` ends one exchange by its time, `Exchanges` all that run, when nobody waits for them any more.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from weakref import WeakSet

import httpcore
import httpx

_ends = threading.local()


class Exchanges:
    """The open exchanges of some clients. `give_up` ends them, from any thread, and all that begin later."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._streams: WeakSet[_Stream] = WeakSet()
        self.given_up = False

    def give_up(self) -> None:
        """Whoever reads or writes gets httpx's `NetworkError` at once. Idempotent."""
        with self._lock:
            self.given_up = True
            open_ones = list(self._streams)
        for stream in open_ones:
            stream.shut()

    def add(self, stream: _Stream) -> None:
        with self._lock:
            self._streams.add(stream)
        if self.given_up:
            stream.close()
            self.check(httpcore.ConnectError)

    def check(self, error: type[httpcore.NetworkError]) -> None:
        if self.given_up:
            raise error("given up")


def bounded(client: httpx.Client, exchanges: Exchanges | None = None) -> httpx.Client:
    """The client, whose exchanges heed `whole`, also through the proxies that the environment names.

    httpx offers no way to that: a transport of one's own would know nothing of such proxies.
    """
    for transport in (client._transport, *client._mounts.values()):
        if transport is not None:
            bound(transport, exchanges)
    return client


def bound(transport: httpx.BaseTransport, exchanges: Exchanges | None = None) -> None:
    """As `bounded`, for one transport."""
    pool = getattr(transport, "_pool", None)
    if pool is not None:
        pool._network_backend = _Backend(pool._network_backend, exchanges or Exchanges())


@contextmanager
def whole(seconds: float) -> Iterator[None]:
    """All that this thread does by a bounded client ends by then, as by a time-out of httpx's own.

    Of one within another, the earlier end counts.
    """
    before = getattr(_ends, "at", None)
    at = time.monotonic() + seconds
    _ends.at = at if before is None else min(at, before)
    try:
        yield
    finally:
        _ends.at = before


def _left(timeout: float | None, error: type[httpcore.TimeoutException]) -> float | None:
    at = getattr(_ends, "at", None)
    if at is None:
        return timeout
    left = float(at) - time.monotonic()
    if left <= 0:
        raise error("the whole took too long")
    return left if timeout is None else min(timeout, left)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, inner: httpcore.NetworkBackend, exchanges: Exchanges) -> None:
        self._inner = inner
        self._exchanges = exchanges

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        self._exchanges.check(httpcore.ConnectError)
        left = _left(timeout, httpcore.ConnectTimeout)
        inner = self._inner.connect_tcp(host, port, left, local_address, socket_options)
        return _Stream(inner, self._exchanges)

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.connect_unix_socket(path, left, socket_options), self._exchanges)

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class _Stream(httpcore.NetworkStream):
    """A pool looks for idle streams to close while other threads begin to use them. httpcore then reads from
    what it closed itself; it asks on another stream, if it is told that this one is not to be had.
    """

    def __init__(self, inner: httpcore.NetworkStream, exchanges: Exchanges) -> None:
        self._inner = inner
        self._exchanges = exchanges
        self._closed = False
        self._may_ask_again = False  # GET was sent, and nothing came yet
        exchanges.add(self)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._exchanges.check(httpcore.ReadError)
        try:
            piece = self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))
        except httpcore.ReadError as error:
            self._exchanges.check(httpcore.ReadError)
            if self._closed and self._may_ask_again:
                raise httpcore.ConnectionNotAvailable from error
            raise
        self._exchanges.check(httpcore.ReadError)  # what comes of a socket that was shut is no answer
        self._may_ask_again = False
        return piece

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if buffer:
            self._may_ask_again = buffer.startswith(b"GET ")
        # In pieces: one write may take as many time-outs as it has packets.
        for start in range(0, len(buffer), _PIECE):
            self._exchanges.check(httpcore.WriteError)
            self._inner.write(buffer[start : start + _PIECE], _left(timeout, httpcore.WriteTimeout))

    def shut(self) -> None:
        """Wakes who waits for it; closing alone would not."""
        sock = self._inner.get_extra_info("socket")
        with suppress(OSError):  # it is closed already
            socket.socket.shutdown(sock, socket.SHUT_RDWR)  # not TLS's own, under which somebody reads

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._exchanges)

    def close(self) -> None:
        self._closed = True
        self._inner.close()

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


_PIECE = 65536
