"""Requests that are meant to do harm, sent to the service as a process: its memory, its time, its log."""

from __future__ import annotations

import itertools
import resource
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest

from tests.e2e.processes import Service

MB = 1024 * 1024
# What the service may grow by, whatever is sent; and the seconds in which it has had enough of it.
GROWTH = 80 * MB
PATIENCE = 30.0
HEAD = b" HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("service")
    environment = {
        "BTT_SWEEP_INTERVAL": "0",
        "BTT_LOGLEVEL": "WARNING",
        "BTT_TRAVIS_API_URL": "http://127.0.0.1:9",
    }
    with Service(folder, environment) as running:
        httpx.get(f"{running.url}/dashboard").raise_for_status()
        yield running


def memory(service: Service, of: str = "VmRSS") -> int:
    """Bytes, now (VmRSS) or at most so far (VmHWM)."""
    status = Path(f"/proc/{service.process_id}/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith(f"{of}:"))
    return int(line.split()[1]) * 1024


@pytest.fixture
def bounded(service: Service) -> Iterator[Service]:
    """The service, of which it is seen afterwards that it did not grow, and answers pages."""
    Path(f"/proc/{service.process_id}/clear_refs").write_text("5", encoding="ascii")  # its peak counts anew
    before = memory(service)
    yield service
    assert memory(service, "VmHWM") - before < GROWTH
    began = time.monotonic()
    assert httpx.get(f"{service.url}/dashboard", timeout=30).status_code == 200
    assert time.monotonic() - began < 5


def sent(service: Service, *pieces: Iterable[bytes]) -> tuple[bytes, int]:
    """The answers until the service closes, and how many bytes it has taken of these."""
    taken = 0
    answer = b""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", service.port), timeout=PATIENCE) as client:
        with suppress(ConnectionError):
            for piece in itertools.chain(*pieces):
                client.sendall(piece)
                taken += len(piece)
                assert time.monotonic() - began < PATIENCE
        with suppress(ConnectionError):
            while piece := client.recv(65536):
                answer += piece
    return answer, taken


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", ["/travis", "/dashboard", "/badge/a/b", "/api/v1/projects", "/nowhere"])
@pytest.mark.parametrize("told", [True, False])
def test_a_body_without_end_is_not_read(bounded: Service, method: str, path: str, told: bool) -> None:
    size = 400 * MB
    piece = b"x" * MB
    head = f"{method} {path}".encode() + HEAD
    if told:
        answer, taken = sent(
            bounded, [head + b"Content-Length: %d\r\n\r\n" % size], itertools.repeat(piece, 400)
        )
    else:
        chunk = b"%x\r\n%s\r\n" % (MB, piece)
        answer, taken = sent(
            bounded, [head + b"Transfer-Encoding: chunked\r\n\r\n"], itertools.repeat(chunk, 400)
        )
    assert taken < 40 * MB  # what the system holds on the way included
    if answer:
        assert answer.startswith(b"HTTP/1.1 ")
        assert not answer.startswith(b"HTTP/1.1 5")


@pytest.mark.parametrize("method", [b"GET", b"POST"])
def test_a_body_that_says_it_is_too_large_is_refused_before_it_comes(bounded: Service, method: bytes) -> None:
    head = (
        method
        + b" /travis"
        + HEAD
        + b"Expect: 100-continue\r\nContent-Length: 2000000000\r\nConnection: close\r\n\r\n"
    )
    answer, _ = sent(bounded, [head])
    assert answer.startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    "line", [b"X-A: " + b"a" * 8000 + b"\r\n", b"a" * 8000, b"a:b\r\n" * 1000, b"a" * 8000 + b": b\r\n"]
)
@pytest.mark.parametrize("body", [b"", b"5\r\nhello\r\n"])
def test_trailers_without_end_are_not_read(bounded: Service, line: bytes, body: bytes) -> None:
    head = b"POST /travis" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + body + b"0\r\nX: "
    _, taken = sent(bounded, [head], itertools.repeat(line, 100 * MB // len(line)))
    assert taken < 20 * MB


def test_trailers_are_no_headers(bounded: Service) -> None:
    """Those that a proxy takes out of a head would else come in behind the body."""
    chunked = b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n"
    answer, _ = sent(bounded, [b"POST /travis/a/b/1" + HEAD + chunked + b"Origin: http://y\r\n\r\n"])
    assert answer.startswith(b"HTTP/1.1 202")


@pytest.mark.parametrize("chunk", [b"1;" + b"e" * 4000 + b"\r\nx\r\n", b"0" * 4000, b"1;a=b;" * 1000])
def test_chunks_that_are_mostly_size_are_not_read(bounded: Service, chunk: bytes) -> None:
    head = b"POST /travis" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    _, taken = sent(bounded, [head], itertools.repeat(chunk, 100 * MB // len(chunk)))
    assert taken < 20 * MB


def test_a_body_in_chunks_of_one_byte_is_read(bounded: Service) -> None:
    head = b"POST /travis" + HEAD + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer, _ = sent(bounded, [head, b"1\r\nx\r\n" * 50_000, b"0\r\nX: y\r\n\r\n"])
    assert answer.startswith(b"HTTP/1.1 422")  # read to its end: it is no notification


@pytest.mark.parametrize("line", [b"X-A: " + b"a" * 8000 + b"\r\n", b"a" * 8000, b"a:b\r\n" * 1000])
@pytest.mark.parametrize("start", [b"GET /", b"GET /" + HEAD])
def test_a_head_without_end_is_not_read(bounded: Service, start: bytes, line: bytes) -> None:
    _, taken = sent(bounded, [start], itertools.repeat(line, 100 * MB // len(line)))
    assert taken < 20 * MB


def test_requests_in_a_row_are_all_answered_and_wait_outside(bounded: Service) -> None:
    number = 20_000
    one = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    last = one.replace(b"Host", b"Connection: close\r\nHost")
    answered = 0
    with socket.create_connection(("127.0.0.1", bounded.port), timeout=60) as client:
        client.setblocking(False)
        left = one * (number - 1) + last
        rest = b""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            with suppress(BlockingIOError):
                if left:
                    left = left[client.send(left[:65536]) :]
            try:
                piece = client.recv(1 << 20)
            except BlockingIOError:
                time.sleep(0.001)
                continue
            if not piece:
                break
            rest += piece
            answered += rest.count(b"HTTP/1.1 200")
            rest = rest[-11:] if not rest.endswith(b"HTTP/1.1 200") else b""
    assert answered == number


def test_requests_in_a_row_whose_answers_nobody_reads_are_not_taken(bounded: Service) -> None:
    one = b"GET /dashboard HTTP/1.1\r\nHost: x\r\n\r\n" * 2000
    with ExitStack() as clients:
        for _ in range(20):
            client = clients.enter_context(socket.create_connection(("127.0.0.1", bounded.port)))
            client.setblocking(False)
            taken = 0
            with suppress(BlockingIOError):
                while taken < 50 * MB:
                    taken += client.send(one)
        time.sleep(3)


@pytest.mark.parametrize(
    "lie",
    [
        b"Content-Length: 99999999999999999999999\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 1e3\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
    ],
)
def test_a_length_that_is_none_is_refused(bounded: Service, lie: bytes) -> None:
    answer, _ = sent(bounded, [b"POST /travis" + HEAD + lie + b"\r\nhello"])
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 413"))
    assert answer.count(b"HTTP/1.1 ") == 1


def test_attempts_at_a_websocket_leave_no_line(service: Service) -> None:
    before = service.log.stat().st_size
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    with httpx.Client() as client:
        for path in ("/", "/dashboard", "/api/v1/projects", "/nowhere") * 25:
            assert client.get(service.url + path, headers=upgrade).status_code in (200, 404)
        for _ in range(50):
            sent(service, [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"])
    said = service.log.read_bytes()[before:].decode()
    assert "WebSocket" not in said
    assert "pip install" not in said
    assert said.count("\n") <= 1


@pytest.mark.parametrize("hard", [1024, 20_000])
def test_connections_that_say_nothing_take_nobodys_place(tmp_path: Path, hard: int) -> None:
    ours = resource.getrlimit(resource.RLIMIT_NOFILE)
    if ours[1] != resource.RLIM_INFINITY and ours[1] < hard:
        pytest.skip("this machine allows too few open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(ours[0], 4096), ours[1]))
    environment = {"BTT_SWEEP_INTERVAL": "0"}
    with ExitStack() as clients, Service(tmp_path, environment, descriptors=(1024, hard)) as service:
        started = [b"", b"GET /dash", b"POST /travis" + HEAD + b"Content-Length: 9000\r\n\r\npay"]
        idle = []
        for number in range(2000):
            client = socket.create_connection(("127.0.0.1", service.port), timeout=PATIENCE)
            idle.append(clients.enter_context(client))
            with suppress(ConnectionError):
                client.sendall(started[number % len(started)])
            if number % 100 == 99:
                began = time.monotonic()
                assert httpx.get(f"{service.url}/dashboard", timeout=30).status_code == 200
                assert time.monotonic() - began < 5
        first = b""
        with suppress(ConnectionError):
            first = idle[0].recv(4096)
        assert first.startswith(b"HTTP/1.1 503")
        assert b"retry-after: " in first
        said = service.log.read_text(encoding="utf-8")
        assert '"level": "error"' not in said
        assert 1 <= said.count("connections.full") <= 3  # one a minute
