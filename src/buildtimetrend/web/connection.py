"""What one connection may take: uvicorn bounds neither a request's head nor its time."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# Request line and headers. What arrives at once, 256 KiB at most, is read before it is counted.
MAX_HEAD = 64 * 1024
# Seconds from the connection, or a request's first byte, to the request's end; a body of 1 MB included.
ARRIVAL = 60.0
# Seconds in which a client that reads slowly must have taken what waits for it.
TAKING = 120.0


class BoundedProtocol(HttpToolsProtocol):
    """Ends connections that send without end, never end their request, or do not read their answer."""

    _head = 0  # bytes of a head that is not complete
    _arrived = True  # nothing of a request is missing
    _in_head = True
    _arriving: asyncio.TimerHandle | None = None
    _taking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._arriving = self.loop.call_later(ARRIVAL, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        _cancel(self._arriving)
        _cancel(self._taking)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self._arrived or self.transport.is_closing():
            return
        if self._arriving is None:
            self._arriving = self.loop.call_later(ARRIVAL, self._too_slow)
        if self._in_head:
            self._head += len(data)
            if self._head > MAX_HEAD:
                self._refuse(f"Request line and headers may have {MAX_HEAD} bytes at most.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._arrived, self._in_head, self._head = False, True, 0

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._arrived = True
        _cancel(self._arriving)
        self._arriving = None
        super().on_message_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._taking is None:
            self._taking = self.loop.call_later(TAKING, self._abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        _cancel(self._taking)
        self._taking = None

    def _too_slow(self) -> None:
        self._arriving = None
        if not self.transport.is_closing():
            self._refuse(f"A request must arrive within {ARRIVAL:.0f} seconds.")

    def _refuse(self, message: str) -> None:
        answering: Any = self.cycle
        if self._in_head and (answering is None or answering.response_complete):
            self.send_400_response(message)
        else:
            self.transport.close()  # amid a body: its route is told that the client is gone

    def _abort(self) -> None:
        self._taking = None
        self.transport.abort()


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
