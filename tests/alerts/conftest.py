from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.providers.server import Reply, Server, serving


@pytest.fixture
def receiver() -> Iterator[Server]:
    """Takes whatever is sent to it."""
    with serving() as server:
        server.otherwise = Reply(b"ok")
        yield server
