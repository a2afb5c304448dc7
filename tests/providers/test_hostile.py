"""What a server says is text of a stranger: whatever it is, the outcome names what is wrong, and soon."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from buildtimetrend.errors import PermanentError, Stopped, TemporaryError
from buildtimetrend.model import BuildRef, Job
from buildtimetrend.providers.base import Numbers
from buildtimetrend.providers.travis import Limits, Travis
from tests.providers.answers import BUILD, EVERYTHING, REPO
from tests.providers.conftest import Opener
from tests.providers.server import Reply, Server
from tests.providers.test_fetch import BY_ID, BY_NUMBER

pytestmark = pytest.mark.races

PATIENT = Limits(connect=10, read=30, json_time=30, log_time=30)
JOB = Job(id="1", number="1.1", result=None, raw_result="")


def read_log(travis: Travis) -> None:
    with travis.log(BUILD, JOB) as log:
        list(log.chunks)


ASKS: list[Callable[[Travis], object]] = [
    lambda travis: travis.fetch(BY_ID),
    lambda travis: travis.fetch(BY_NUMBER),
    lambda travis: list(travis.select(REPO, EVERYTHING)),
    lambda travis: list(travis.select(REPO, Numbers(1, 9))),
]
NO_ADDRESSES = [
    "http://xn--/",
    "https://xn--zzzzzzzzzzzzzzzzzzzz-/",
    "http://[::1",
    "http://a:99999999/",
    "http://a:b/",
    "http://\u2100.example/".encode().decode("latin-1"),
    "//xn--/",
    "http://[fe80::1%25eth0/",
]


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308, 399])
@pytest.mark.parametrize(
    "location", [*NO_ADDRESSES, f"http://{'a' * 300}/", "http://256.1.1.1/", "http:///x", "?" * 9000]
)
def test_whatever_a_redirect_leads_to_is_a_clear_error(
    server: Server, opened: Opener, location: str, status: int
) -> None:
    travis = opened(PATIENT)
    server.otherwise = Reply(b"", status, {"Location": location})
    for ask in ASKS:
        with pytest.raises((TemporaryError, PermanentError), match=rf"Travis CI.*{status}"):
            ask(travis)
    with suppress(TemporaryError):  # else it is not to be had
        read_log(travis)


@pytest.mark.parametrize("location", NO_ADDRESSES)
def test_a_log_that_lies_at_no_address_is_tried_again(server: Server, opened: Opener, location: str) -> None:
    server.otherwise = Reply(b"", 302, {"Location": location})
    with pytest.raises(TemporaryError, match=r"no address|could not be reached|cannot be understood"):
        read_log(opened(PATIENT))


@pytest.mark.parametrize("number", ["9" * 19, "9" * 5000, "\u0664", "\u00b2", "-1", "1e3", "12 "])
def test_a_number_that_is_none_of_theirs_is_asked_nobody(server: Server, opened: Opener, number: str) -> None:
    with pytest.raises(PermanentError, match="is not the id or number"):
        opened().fetch(BuildRef("travis", server.url, REPO, number=number))
    assert not server.asked


@pytest.mark.parametrize(
    "body",
    [
        b'{"builds":' * 100_000,
        b'{"builds":[{"id":%s,"number":"1"}]}' % (b"9" * 5000),
        b'{"builds":[{"id":1,"number":"%s"}]}' % (b"9" * 5000),
        b'{"builds":[{"id":1,"number":1e308}]}',
        b'{"builds":[{"id":1,"number":"\xd9\xa4"}]}',
        b'{"builds":[],"@pagination":{"next":{"offset":-1}}}',
        b'{"builds":[],"@pagination":{"next":{"offset":1e999}}}',
        b'{"builds":{"0":1}}',
        b'[{"builds":[]}]',
    ],
    ids=range(9),
)
def test_a_listing_of_nonsense_is_a_clear_error(server: Server, opened: Opener, body: bytes) -> None:
    server.otherwise = Reply(body, headers={"Content-Type": "application/json"})
    for ask in ASKS[2:]:
        with pytest.raises(TemporaryError, match="Travis CI's answer"):
            ask(opened(PATIENT))


def test_no_cookie_of_a_server_is_kept(server: Server, opened: Opener) -> None:
    stored = Reply(b"text", headers={"Set-Cookie": "a=b"})
    server.routes["/job/1/log.txt"] = Reply(
        b"", 302, {"Location": f"{server.url.replace('127.0.0.1', 'localhost')}/x"}
    )
    server.routes["/x"] = stored
    travis = opened(PATIENT)
    for _ in range(2):
        read_log(travis)
    assert server.paths().count("/x") == 2
    assert not any("cookie" in asked.headers for asked in server.asked)


@contextmanager
def dripping(start: bytes, drop: bytes) -> Iterator[str]:
    """A server that says `start`, then a `drop` every tenth of a second, on each connection."""
    ended = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def drip(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(65536)
            connection.sendall(start)
            while not ended.wait(0.1):
                connection.sendall(drop)

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=drip, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        ended.set()
        listener.close()


OK = b"HTTP/1.1 200 OK\r\n"
DRIPS = {
    "status": (b"HTTP/1.1 2", b"0"),
    "informational": (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "header": (OK + b"X: ", b"x"),
    "size of a chunk": (OK + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x"),
    "body": (OK + b"Content-Length: 9999\r\n\r\n", b" "),
    "chunks": (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
}


@pytest.mark.parametrize("drip", DRIPS.values(), ids=DRIPS)
def test_an_answer_that_drips_ends_by_its_whole_time(opened: Opener, drip: tuple[bytes, bytes]) -> None:
    with dripping(*drip) as url:
        travis = opened(Limits(connect=5, read=5, json_time=1, log_time=1), travis_api_url=url)
        for ask in (ASKS[0], read_log):
            began = time.monotonic()
            with suppress(TemporaryError):  # a log that has begun is cut
                ask(travis)
            assert time.monotonic() - began < 10


@pytest.mark.parametrize("drip", [*DRIPS.values(), (b"", b"")], ids=[*DRIPS, "silence"])
@pytest.mark.parametrize("ask", [ASKS[0], ASKS[2], read_log], ids=["build", "listing", "log"])
def test_closing_gives_up_what_others_read(
    opened: Opener, drip: tuple[bytes, bytes], ask: Callable[[Travis], object]
) -> None:
    with dripping(*drip) as url:
        travis = opened(Limits(connect=60, read=60, json_time=60, log_time=60), travis_api_url=url)
        raised: list[BaseException] = []

        def asking() -> None:
            try:
                ask(travis)
            except BaseException as error:
                raised.append(error)

        thread = threading.Thread(target=asking)
        thread.start()
        time.sleep(0.3)
        travis.close()
        thread.join(20)
        assert [type(error) for error in raised] == [Stopped]
        with pytest.raises(Stopped):
            ask(travis)
