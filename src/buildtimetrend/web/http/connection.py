"""What one connection may take: uvicorn bounds neither what it sends nor how long that takes."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from buildtimetrend.web.http.admission import Admission

# Request line and headers; also what else is no body: sizes and extensions of chunks, trailers.
MAX_HEAD = 64 * 1024
# So many bytes of those are due to each byte of a body: a chunk of one byte has five.
CHUNKING = 8
# Seconds from the connection, or a request's first byte, to the end of its head; and from there to its own
# end, a body of 1 MB included.
HEAD_ARRIVAL = 20.0
ARRIVAL = 60.0
# Seconds in which a client that reads slowly must have taken what waits for it.
TAKING = 120.0
# What is still read of a body once the request is answered, in bytes and seconds: who is told amid a large
# one that it is too large would else lose the answer.
LEFT_OVER = 4 * 1024 * 1024
LINGERING = 5.0
# Bytes that are parsed at a time: after each it is seen whether requests wait for their turn. All that a
# connection sends at once, 256 KiB, can be 14,000 requests.
SLICE = 2048
RETRY_AFTER = 5


class BoundedProtocol(HttpToolsProtocol):
    """Ends connections that send without end, never end their request, or do not read their answer.

    It knows uvicorn's insides: no server of the same speed that was tried has these bounds
    (`docs/decisions.md`). `tests/web/test_connection.py` and `tests/e2e/test_hostile_requests.py` say whether
    a new uvicorn still has what it needs.
    """

    admission = Admission()

    _head = 0  # bytes of a head that is not complete
    _excess = 0  # bytes of a request that are neither head nor body, less what its body excuses
    _body = 0  # bytes of a body in the slice that is parsed
    _left = 0  # bytes that may come of a request that is answered
    _held = b""  # not parsed: requests before it wait for their turn
    _arrived = True  # nothing of a request is missing
    _in_head = True
    _arriving: asyncio.TimerHandle | None = None
    _taking: asyncio.TimerHandle | None = None

    @classmethod
    def within(cls, admission: Admission) -> type[BoundedProtocol]:
        """The same for the connections of one server."""
        return type("Admitted", (cls,), {"admission": admission})

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.flow: _Flow = _Flow(transport)
        if self.admission.enter(self, self.client[0] if self.client else ""):
            self._await_rest()
        else:
            self.make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        self.admission.leave(self)
        self._held = b""
        self._stop_waiting()
        self._stop_offering()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._held:
            self._held += data
            return
        if len(data) <= SLICE and not self.pipeline:
            self._parse(data)
            return
        for start in range(0, len(data), SLICE):
            if self.pipeline:
                self._hold(data[start:])
                return
            self._parse(data[start : start + SLICE])

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._arrived, self._in_head, self._head = False, True, 0

    def on_headers_complete(self) -> None:
        self._in_head, self._excess = False, 0
        self._stop_waiting()
        super().on_headers_complete()
        self.headers = []  # uvicorn takes trailers for more of the request's headers

    def on_body(self, body: bytes) -> None:
        self._body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._arrived = True
        self._stop_waiting()
        super().on_message_complete()
        self._tell_admission()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            return
        if self._is_unread():
            self._left = LEFT_OVER
            self._stop_waiting()
            self._arriving = self.loop.call_later(LINGERING, self._close)
        elif self._held and not self.pipeline:
            held, self._held = self._held, b""
            self.flow.release()
            self.data_received(held)
        self._tell_admission()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._taking is None:
            self._taking = self.loop.call_later(TAKING, self._abort)
        self._tell_admission()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_offering()
        self._tell_admission()

    def make_room(self) -> None:
        if self.flow.write_paused:
            self._abort()
        else:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "There are too many connections; try again later.")

    def _parse(self, data: bytes) -> None:
        """Some bytes of a connection, and what they make of its bounds."""
        if self.transport.is_closing():
            return
        self._body = 0
        super().data_received(data)
        if self._arrived or self.transport.is_closing():
            return
        if self._arriving is None:
            self._await_rest()
        if self._in_head:
            self._head += len(data)
            if self._head > MAX_HEAD:
                message = f"Request line and headers may have {MAX_HEAD} bytes at most."
                self._refuse(HTTPStatus.BAD_REQUEST, message)
            return
        self._excess = max(0, self._excess + len(data) - (1 + CHUNKING) * self._body)
        if self._excess > MAX_HEAD:
            message = f"Sizes of chunks and trailers may have {MAX_HEAD} bytes at most."
            self._refuse(HTTPStatus.BAD_REQUEST, message)
        elif self._is_unread():
            self._left -= len(data)
            if self._left < 0:
                self._close()

    def _hold(self, data: bytes) -> None:
        self._held = data
        self.flow.hold()
        self._stop_waiting()  # the rest is not late: it is here

    def _is_unread(self) -> bool:
        """Whether a request was answered before its body had come."""
        return not self._arrived and not self._in_head and self.cycle.response_complete

    def _tell_admission(self) -> None:
        cycle: Any = self.cycle
        waits = (
            cycle is not None
            and not cycle.response_complete
            and (self._arrived or self._in_head)
            and not self.flow.write_paused
        )
        (self.admission.waits_for_us if waits else self.admission.keeps_us_waiting)(self)

    def _await_rest(self) -> None:
        seconds = min(HEAD_ARRIVAL, ARRIVAL) if self._in_head else ARRIVAL
        self._arriving = self.loop.call_later(seconds, self._too_slow, seconds)

    def _stop_waiting(self) -> None:
        if self._arriving is not None:
            self._arriving.cancel()
            self._arriving = None

    def _stop_offering(self) -> None:
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None

    def _too_slow(self, seconds: float) -> None:
        self._arriving = None
        what = "head of a request" if self._in_head else "request"
        self._refuse(HTTPStatus.BAD_REQUEST, f"The {what} must arrive within {seconds:.0f} seconds.")

    def _refuse(self, status: HTTPStatus, message: str) -> None:
        if self.transport.is_closing():
            return
        if self._may_answer():
            self.transport.write(_answer(status, message))
        self.transport.close()  # a route that reads a body is told that the client is gone

    def _may_answer(self) -> bool:
        """Whether what is written now is the answer to what arrives now."""
        cycle: Any = self.cycle
        if self.pipeline:
            return False
        if self._in_head:
            return cycle is None or bool(cycle.response_complete)
        return cycle is None or not cycle.response_started

    def _close(self) -> None:
        self._arriving = None
        self.transport.close()

    def _abort(self) -> None:
        self._taking = None
        self.transport.abort()


class _Flow(FlowControl):
    """Reads nothing while requests that have arrived wait for their turn, whoever asks for more."""

    _holding = False

    def hold(self) -> None:
        self._holding = True
        self.pause_reading()

    def release(self) -> None:
        self._holding = False
        self.resume_reading()

    def resume_reading(self) -> None:
        if not self._holding:
            super().resume_reading()


def _answer(status: HTTPStatus, message: str) -> bytes:
    later = f"retry-after: {RETRY_AFTER}\r\n" if status is HTTPStatus.SERVICE_UNAVAILABLE else ""
    return (
        f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: text/plain; charset=utf-8\r\n"
        f"content-length: {len(message)}\r\n{later}connection: close\r\n\r\n{message}"
    ).encode()
