from __future__ import annotations

import itertools
import threading
from collections import defaultdict
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from benchmarks.load import SERIAL, load

pytestmark = pytest.mark.servers


class Asked(ThreadingHTTPServer):
    """Answers every path with its own name, and keeps what it was asked."""

    def __init__(self) -> None:
        self.paths: defaultdict[int, list[str]] = defaultdict(list)  # by the connection's port
        self.bodies: list[bytes] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Asked

    def do_GET(self) -> None:
        self.server.paths[self.client_address[1]].append(self.path)
        self.server.bodies.append(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.path)))
        self.end_headers()
        self.wfile.write(self.path.encode())

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Asked]:
    with Asked() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_each_connection_asks_for_all_urls_in_turn_and_begins_at_another(server: Asked) -> None:
    paths = ["/first", "/second?with=query", "/the/third", "/fourth"]
    found = load(*(server.url + path for path in paths), connections=2, seconds=0.3)
    assert {asked[0] for asked in server.paths.values()} == {"/first", "/the/third"}
    for asked in server.paths.values():
        turns = itertools.islice(itertools.cycle(paths), paths.index(asked[0]), None)
        assert asked == list(itertools.islice(turns, len(asked)))
    assert found.statuses == {"200": sum(map(len, server.paths.values()))}


def test_no_two_bodies_have_the_same_number(server: Asked, tmp_path: Path) -> None:
    body = tmp_path / "body"
    body.write_bytes(b"id=" + SERIAL)
    load(f"{server.url}/hook", connections=3, seconds=0.3, body=body)
    assert len(set(server.bodies)) == len(server.bodies) >= 3
