"""An exchange whose stream its own pool closes: it happens between threads, and here each time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import httpx
import pytest

from buildtimetrend.http_deadline import bounded
from tests.providers.server import Asked, Reply, Server, serving


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as script:
        yield script


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with bounded(httpx.Client(timeout=20)) as client:
        yield client


def close_once(server: Server, client: httpx.Client) -> None:
    """While the first request waits for its answer, all streams of the pool are closed."""
    pool = cast(httpx.HTTPTransport, client._transport)._pool

    def route(_: Asked) -> Reply:
        if len(server.asked) == 1:
            for connection in pool.connections:
                connection.close()
        return Reply({"answer": len(server.asked)})

    server.otherwise = route


def test_who_gets_asks_again_on_another_stream(server: Server, client: httpx.Client) -> None:
    close_once(server, client)
    assert client.get(server.url).json() == {"answer": 2}


def test_what_may_change_something_is_sent_once(server: Server, client: httpx.Client) -> None:
    close_once(server, client)
    with pytest.raises(httpx.ReadError, match="Bad file descriptor"):
        client.post(server.url, json={})
    assert len(server.asked) == 1


def test_a_server_that_hangs_up_is_not_asked_again(server: Server, client: httpx.Client) -> None:
    server.otherwise = Reply(b"part", length=100)
    with pytest.raises(httpx.RemoteProtocolError):
        client.get(server.url)
    assert len(server.asked) == 1
