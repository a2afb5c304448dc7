"""What a connection may send, and how long it may take: over a real socket."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from buildtimetrend.web.http import connection
from buildtimetrend.web.http.admission import Admission
from buildtimetrend.web.http.connection import MAX_HEAD, BoundedProtocol

pytestmark = pytest.mark.races

LARGE = b"x" * 30_000_000


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope, receive)
    if scope["path"] == "/large":
        body = LARGE
    elif scope["path"] == "/unread":
        body = b"too large"
    else:
        body = b"%d" % len(await request.body())
    await PlainTextResponse(body)(scope, receive, send)


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(connection, "ARRIVAL", 0.5)
    monkeypatch.setattr(connection, "TAKING", 0.5)
    with serving(app, Admission()) as port:
        yield port


@contextmanager
def serving(app: ASGIApp, admission: Admission) -> Iterator[int]:
    protocol = BoundedProtocol.within(admission)
    config = uvicorn.Config(app, http=protocol, ws="none", log_config=None, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def sent(port: int, *pieces: bytes, pause: float = 0.0) -> bytes:
    """All that comes back until the service closes the connection."""
    answer = b""
    # Suppressed: the service may close while more is being sent.
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client, suppress(ConnectionError):
        for piece in pieces:
            client.sendall(piece)
            time.sleep(pause)
        while piece := client.recv(65536):
            answer += piece
    return answer


def test_a_request_in_pieces_is_one(port: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 600000\r\nConnection: close\r\n\r\n"
    answer = sent(port, head[:20], head[20:], *[b"y" * 100_000] * 6, pause=0.01)
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"600000")


def test_requests_share_a_connection(port: int) -> None:
    one = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
    answer = sent(port, one, one + one, one.replace(b"Host", b"Connection: close\r\nHost"), pause=0.3)
    assert answer.count(b"HTTP/1.1 200") == 4


@pytest.mark.parametrize("start", [b"GET /", b"GET / HTTP/1.1\r\nHost: x\r\nX: "])
def test_a_head_without_end_is_refused(port: int, start: bytes) -> None:
    began = time.monotonic()
    sent(port, start, *[b"a" * 65536] * 400)
    assert time.monotonic() - began < 5
    answer = sent(port, start, b"a" * (MAX_HEAD + 1))
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"65536 bytes at most" in answer


@pytest.mark.parametrize("start", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n"])
def test_a_request_that_does_not_come_is_not_waited_for(port: int, start: bytes) -> None:
    answer = sent(port, start)
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"must arrive within" in answer


def test_a_body_that_does_not_end_is_not_waited_for(port: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabc"
    began = time.monotonic()
    answer = sent(port, head)
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"must arrive within" in answer
    assert time.monotonic() - began < 5


def test_nor_is_the_next_request_of_a_connection(port: int) -> None:
    one = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
    answer = sent(port, one, b"GET / HT", pause=0.1)
    assert answer.count(b"HTTP/1.1 200") == 1
    assert answer.count(b"HTTP/1.1 400") == 1


def test_requests_in_a_row_are_answered_in_their_order(port: int) -> None:
    """However they are cut into pieces: bodies that end amid one, heads that begin there."""
    asked = b"".join(
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (size, b"x" * size)
        for size in range(1, 9000, 37)
    )
    last = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    for cut in (1000, 2048, 70_001, len(asked)):
        pieces = [asked[start : start + cut] for start in range(0, len(asked), cut)]
        answers = sent(port, *pieces, last).split(b"HTTP/1.1 200 OK\r\n")[1:]
        sizes = [int(answer.rpartition(b"\r\n")[2]) for answer in answers]
        assert sizes == [*range(1, 9000, 37), 0]


def test_a_client_hears_that_its_body_is_too_large_though_it_sends_on(port: int) -> None:
    head = b"POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(head)
        for _ in range(9):
            client.sendall(b"x" * 100_000)
            time.sleep(0.01)
        assert client.recv(65536).startswith(b"HTTP/1.1 200")
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert client.recv(65536).startswith(b"HTTP/1.1 200")


def test_but_not_without_end(port: int) -> None:
    head = b"POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 900000000\r\n\r\n"
    began = time.monotonic()
    answer = sent(port, head, *[b"x" * 1_000_000] * 100)
    assert answer.count(b"HTTP/1.1") <= 1
    assert time.monotonic() - began < 10


def test_an_answer_that_nobody_reads_is_dropped(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(1.5)
        got = 0
        with suppress(ConnectionError):
            while piece := client.recv(1 << 20):
                got += len(piece)
    assert got < len(LARGE)
