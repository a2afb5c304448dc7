"""A scripted HTTP server on loopback, in a thread."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass
class Reply:
    """`body` is bytes, or anything for JSON, or pieces sent as they come; the connection then ends."""

    body: object = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None  # what Content-Length says, when it lies
    delay: float = 0.0  # seconds before the answer


@dataclass(frozen=True)
class Asked:
    path: str
    query: dict[str, str]
    headers: dict[str, str]  # lower case
    body: bytes = b""


Route = Reply | Callable[[Asked], Reply]


class Server:
    """Answers by path; every request is kept in `asked`."""

    def __init__(self) -> None:
        self.routes: dict[str, Route] = {}
        self.otherwise: Route = Reply({"@type": "error", "error_type": "not_found"}, 404)
        self.asked: list[Asked] = []
        self.url = ""
        self.stopping = threading.Event()

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else a body waits 40 ms for the client to acknowledge its head
    server: _HTTPServer

    def do_GET(self) -> None:
        script = self.server.script
        url = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", "0")))
        asked = Asked(url.path, query, headers, body)
        script.asked.append(asked)
        route = script.routes.get(url.path, script.otherwise)
        reply = route(asked) if callable(route) else route
        script.stopping.wait(reply.delay)
        self._send(reply)

    do_POST = do_PUT = do_PATCH = do_GET

    def _send(self, reply: Reply) -> None:
        body = reply.body
        streamed = isinstance(body, Iterable) and not isinstance(body, bytes | str | dict | list)
        content = b"" if streamed else body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = "text/plain" if streamed or isinstance(body, bytes) else "application/json"
        self.send_response(reply.status)
        for name, value in {"Content-Type": kind, **reply.headers}.items():
            self.send_header(name, value)
        if not streamed:
            self.send_header("Content-Length", str(len(content) if reply.length is None else reply.length))
        self.close_connection = streamed or reply.length is not None
        self.end_headers()
        try:
            self.wfile.write(content)
            if streamed:
                assert isinstance(body, Iterable)
                for piece in body:
                    self.wfile.write(piece)
        except OSError:
            self.close_connection = True  # the client had enough

    def log_message(self, format: str, *args: object) -> None:
        pass


class _HTTPServer(ThreadingHTTPServer):
    daemon_threads = True
    script: Server

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # clients that hang up are part of these tests


@contextmanager
def serving() -> Iterator[Server]:
    script = Server()
    httpd = _HTTPServer(("127.0.0.1", 0), _Handler)
    httpd.script = script
    script.url = f"http://127.0.0.1:{httpd.server_port}"
    thread = threading.Thread(target=httpd.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield script
    finally:
        script.stopping.set()
        httpd.shutdown()
        thread.join()
        httpd.server_close()


def slowly(pieces: Iterable[bytes], pause: float) -> Iterator[bytes]:
    for piece in pieces:
        yield piece
        time.sleep(pause)
