"""Load on an HTTP server: keep-alive connections that ask again as soon as they are answered.

    python -m benchmarks.load URL… [--connections 64] [--seconds 4] [--body FILE] [--rate N]

With a rate each connection asks on a fixed schedule, N requests a second in all, and times count from the
moment that a request was due: what waits behind a slow answer counts as slow, too. Of several URLs, which
are of one server, each connection asks for one after the other; they begin at different ones.

Prints one JSON object. With a body every request is a POST of it, in which `@@@@@@@@@@` is replaced by a
number of ten digits that no other request has.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import uvloop

SERIAL = b"@" * 10


@dataclass(frozen=True, slots=True)
class Load:
    """Requests per second; milliseconds by percentile; answers by status."""

    rate: float
    p50: float
    p99: float
    statuses: dict[str, int]


def load(
    *urls: str,
    connections: int = 64,
    seconds: float = 4,
    body: Path | None = None,
    rate: float | None = None,
) -> Load:
    """Run this module on these URLs and wait for its figures."""
    command = [sys.executable, "-m", "benchmarks.load", *urls]
    command += ["--connections", str(connections), "--seconds", str(seconds)]
    command += ["--body", str(body)] if body else []
    command += ["--rate", str(rate)] if rate else []
    return Load(**json.loads(subprocess.check_output(command, timeout=seconds + 120)))


class _Connection(asyncio.Protocol):
    def __init__(self, run: _Run, number: int, offset: float) -> None:
        self._run = run
        self._requests = run.requests(number)
        self._data = b""
        self._due = time.perf_counter() + offset

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by class
        self._next()

    def data_received(self, data: bytes) -> None:
        run = self._run
        if self._data or len(data) != run.length:  # else: as long as a whole answer that was seen before
            data = self._data + data
            end = data.find(b"\r\n\r\n")
            if end < 0 or len(data) < end + 4 + _length(data[:end]):
                self._data = data
                return
            self._data = b""
            run.length = len(data)
        now = time.perf_counter()
        run.times.append(now - self._asked)
        run.statuses[data[9:12]] += 1
        if now < run.until:
            self._next()
        else:
            self._transport.close()

    def connection_lost(self, _: Exception | None) -> None:
        self._run.open -= 1
        if not self._run.open:
            self._run.done.set_result(None)

    def _next(self) -> None:
        if not self._run.interval:
            self._asked = time.perf_counter()
            self._ask()
            return
        self._asked = self._due
        wait = max(0.0, self._due - time.perf_counter())
        self._due += self._run.interval
        asyncio.get_running_loop().call_later(wait, self._ask)

    def _ask(self) -> None:
        self._transport.write(next(self._requests))


def _length(head: bytes) -> int:
    lower = head.lower()
    start = lower.index(b"content-length:") + 15
    return int(lower[start:].split(b"\r\n", 1)[0])


class _Run:
    def __init__(
        self, urls: list[str], connections: int, seconds: float, body: bytes | None, rate: float | None
    ) -> None:
        self.interval = connections / rate if rate else 0.0  # of one connection
        self.times: list[float] = []
        self.length = 0  # of the last answer, in bytes
        self.statuses: Counter[bytes] = Counter()
        self.until = time.perf_counter() + seconds
        self.open = connections
        self.done = asyncio.get_running_loop().create_future()
        self._connections = connections
        self._requests = [_request(url, body) for url in urls]
        self._serials = itertools.count(1)

    def requests(self, number: int) -> Iterator[bytes]:
        """Those of one connection, without end."""
        first = number * len(self._requests) // self._connections
        turned = self._requests[first:] + self._requests[:first]
        if SERIAL not in turned[0]:
            return itertools.cycle(turned)
        return (one.replace(SERIAL, b"%010d" % next(self._serials)) for one in itertools.cycle(turned))


def _request(url: str, body: bytes | None) -> bytes:
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    head = f"{target} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept: */*\r\n".encode()
    if body is None:
        return b"GET %s\r\n" % head
    head += b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n" % len(body)
    return b"POST %s\r\n%s" % (head, body)


async def _main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("urls", metavar="URL", nargs="+")
    options.add_argument("--connections", type=int, default=64)
    options.add_argument("--seconds", type=float, default=4)
    options.add_argument("--body", type=Path)
    options.add_argument("--rate", type=float)
    given = options.parse_args()
    loop = asyncio.get_running_loop()
    parts = urlsplit(given.urls[0])
    began = time.perf_counter()
    body = given.body and given.body.read_bytes()
    run = _Run(given.urls, given.connections, given.seconds, body, given.rate)
    for number in range(given.connections):
        offset = run.interval * number / given.connections
        await loop.create_connection(partial(_Connection, run, number, offset), parts.hostname, parts.port)
    await run.done
    seconds = time.perf_counter() - began
    times = sorted(run.times)
    answer = {
        "rate": len(times) / seconds,
        "p50": times[len(times) // 2] * 1000,
        "p99": times[len(times) * 99 // 100] * 1000,
        "statuses": {status.decode(): number for status, number in run.statuses.items()},
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    uvloop.run(_main())
