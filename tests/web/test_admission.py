"""Who gets a connection when there are too many: over a real socket, and by the rule itself."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from anyio import to_thread
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from buildtimetrend.web.http.admission import Admission
from buildtimetrend.web.http.clients import Proxies
from tests.web.test_connection import serving

NOBODY = Proxies("")
ASKED = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
SLOW = ASKED.replace(b"/", b"/slow", 1)


class Slow:
    """Answers at once, but `/slow` only when told."""

    def __init__(self) -> None:
        self.asked = threading.Semaphore(0)
        self.go_on = threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/slow":
            self.asked.release()
            await to_thread.run_sync(self.go_on.wait, 20)
        await PlainTextResponse("here")(scope, receive, send)


Connect = Callable[..., socket.socket]


@contextmanager
def connecting(app: Slow, admission: Admission) -> Iterator[Connect]:
    with serving(app, admission) as port, ExitStack() as clients:

        def connect(asked: bytes = b"", until: threading.Semaphore | None = None) -> socket.socket:
            client = clients.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
            client.sendall(asked)
            if until:
                assert until.acquire(timeout=10)
            return client

        yield connect
        app.go_on.set()


def answer(client: socket.socket) -> bytes:
    try:
        return client.recv(4096)
    except ConnectionError:
        return b""


@pytest.mark.parametrize(
    "admission",
    [Admission(3, 100, NOBODY), Admission(100, 3, NOBODY), Admission(3, 1, Proxies("127.0.0.1"))],
    ids=["in all", "of one client", "of a proxy"],
)
def test_the_one_that_keeps_us_waiting_longest_makes_room(admission: Admission) -> None:
    app = Slow()
    with connecting(app, admission) as connect:
        busy = connect(SLOW, app.asked)
        silent = connect()
        connect(b"GET / HT")
        new = connect(ASKED)
        assert answer(new).startswith(b"HTTP/1.1 200")
        assert answer(silent).startswith(b"HTTP/1.1 503")
        app.go_on.set()
        assert answer(busy).startswith(b"HTTP/1.1 200")


def test_when_all_wait_for_us_the_new_one_is_told_to_come_again() -> None:
    app = Slow()
    with connecting(app, Admission(2, 100, NOBODY)) as connect:
        busy = [connect(SLOW, app.asked) for _ in range(2)]
        for _ in range(5):
            refused = answer(connect(ASKED))
            assert refused.startswith(b"HTTP/1.1 503")
            assert b"retry-after: " in refused
        app.go_on.set()
        assert all(answer(client).startswith(b"HTTP/1.1 200") for client in busy)
        assert answer(connect(ASKED)).startswith(b"HTTP/1.1 200")


def test_a_client_that_hangs_up_leaves_its_place() -> None:
    with connecting(Slow(), Admission(2, 1, NOBODY)) as connect:
        for _ in range(20):
            with connect(ASKED) as client:
                assert answer(client).startswith(b"HTTP/1.1 200")


class Counted:
    def __init__(self) -> None:
        self.turned_out = 0

    def make_room(self) -> None:
        self.turned_out += 1


def test_one_client_cannot_take_the_places_of_others() -> None:
    admission = Admission(10, 2, NOBODY)
    others = [Counted() for _ in range(8)]
    for number, other in enumerate(others):
        assert admission.enter(other, f"10.0.0.{number}")
    ours = [Counted() for _ in range(500)]
    # Of IPv6 anybody has as many addresses as they like in their half.
    for number, one in enumerate(ours):
        assert admission.enter(one, f"2001:db8::{number:x}")
    assert not any(other.turned_out for other in others)
    assert sum(one.turned_out for one in ours) == 498


@pytest.mark.parametrize(
    ("listed", "host", "is_one"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "::1", False),
        ("10.0.0.0/8, ::1", "10.1.2.3", True),
        ("10.0.0.0/8, ::1", "::1", True),
        ("10.0.0.0/8, ::1", "11.1.2.3", False),
        ("*", "11.1.2.3", True),
        ("a socket,,", "a socket", False),
        ("", "127.0.0.1", False),
    ],
)
def test_proxies_are_those_that_uvicorn_believes(listed: str, host: str, is_one: bool) -> None:
    assert Proxies(listed).has(host) == is_one
