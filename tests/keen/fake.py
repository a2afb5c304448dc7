"""A Keen.io on loopback: takes events, answers extractions, and fails as it is told to."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PROJECT, WRITE_KEY, READ_KEY = "5f1e", "write-key", "read-key"

Event = dict[str, Any]
# What to answer in place of Keen.io: status, body, headers; None to do as Keen.io does.
Answer = tuple[int, object, dict[str, str]]
Script = Callable[["FakeKeen", Event], Answer | None]


@dataclass
class FakeKeen:
    """`events` is what was taken, by collection, each with a `keen.id`. `script` may answer in its place."""

    url: str = ""
    events: dict[str, list[Event]] = field(default_factory=dict)
    script: Script = lambda _, __: None
    requests: list[tuple[str, int]] = field(default_factory=list)  # path, and bytes of the body
    after: Callable[[], None] = lambda: None  # before an answer is sent, when the events are taken
    most_extracted: int = 100_000  # events that an extraction answers with
    refuse: Callable[[str, Event], bool] = lambda _, __: False  # single events
    lock: threading.Lock = field(default_factory=threading.Lock)

    def ids(self, collection: str = "build_jobs") -> list[str]:
        """`event_id` of each event that was taken, in order."""
        with self.lock:
            return [event["buildtime_trend"]["event_id"] for event in self.events.get(collection, [])]

    def add(self, collection: str, event: Event) -> None:
        """As received at the time that its own timestamp names."""
        now = datetime.now(UTC).isoformat()
        keen = {"timestamp": now, **event.get("keen", {}), "created_at": now, "id": uuid.uuid4().hex[:24]}
        self.events.setdefault(collection, []).append({**event, "keen": keen})

    def answer(self, path: str, key: str, body: bytes) -> Answer:
        with self.lock:
            self.requests.append((path, len(body)))
            document = json.loads(body)
            scripted = self.script(self, document)
            if scripted is not None:
                return scripted
            project, _, rest = path.removeprefix("/3.0/projects/").partition("/")
            if project != PROJECT:
                return _error(404, "ResourceNotFoundError", "No such project.")
            if key != (READ_KEY if rest.startswith("queries") else WRITE_KEY):
                return _error(401, "InvalidApiKeyError", "The key is not valid.")
            if rest == "events":
                return self._take(document, len(body))
            if rest == "queries/extraction":
                return self._extract(document)
            return _error(404, "ResourceNotFoundError", f"No {rest}.")

    def _take(self, document: dict[str, list[Event]], size: int) -> Answer:
        if size > 10_000_000:
            return _error(413, "TooLargeError", "The body is too large.")
        results: dict[str, list[object]] = {}
        for collection, events in document.items():
            for event in events:
                result: object = {"success": True}
                if self.refuse(collection, event):
                    error = {"name": "InvalidPropertyNameError", "description": "It has a dot."}
                    result = {"success": False, "error": error}
                else:
                    self.add(collection, event)
                results.setdefault(collection, []).append(result)
        self.after()
        return 200, results, {}

    def _extract(self, query: dict[str, Any]) -> Answer:
        start, end = (datetime.fromisoformat(query["timeframe"][name]) for name in ("start", "end"))
        found = [
            event
            for event in self.events.get(query["event_collection"], [])
            if start <= datetime.fromisoformat(event["keen"]["timestamp"]) < end
            and all(_matches(event, one) for one in query.get("filters", []))
        ]
        if len(found) > self.most_extracted:
            return _error(400, "ExtractionLimitExceededError", "Too many events: shorten the timeframe.")
        return 200, {"result": found}, {}


def _matches(event: Event, one: dict[str, Any]) -> bool:
    value: Any = event
    for name in one["property_name"].split("."):
        value = value.get(name) if isinstance(value, dict) else None
    assert one["operator"] == "eq"
    return bool(value == one["property_value"])


def _error(status: int, code: str, message: str) -> Answer:
    return status, {"error_code": code, "message": message}, {}


def failing(times: int, answer: Answer | float) -> Script:
    """Answers so many requests with this, or, given seconds, only after them; then as Keen.io does."""
    left = [times]

    def script(_: FakeKeen, __: Event) -> Answer | None:
        if left[0] == 0:
            return None
        left[0] -= 1
        if isinstance(answer, float):
            time.sleep(answer)
            return None
        return answer

    return script


@contextmanager
def fake_keen() -> Iterator[FakeKeen]:
    fake = FakeKeen()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(fake))
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(fake: FakeKeen) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status, answer, headers = fake.answer(self.path, self.headers["authorization"], body)
            content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            try:
                self.send_response(status)
                for name, value in {**headers, "content-length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)
            except ConnectionError:
                self.close_connection = True  # who asked is gone

        def log_message(self, *_: object) -> None:
            pass

    return Handler
