from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from keen.client import KeenClient

from tests.keen.requests import AS_WRITER
from tests.keen.service import MASTER, PROJECT, READ, WRITE, served


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a service; tests write to collections of their own."""
    with served(tmp_path_factory.mktemp("keen")) as url:
        yield url


@pytest.fixture
def client(address: str) -> Iterator[KeenClient]:
    """The client that people have."""
    client = KeenClient(PROJECT, write_key=WRITE, read_key=READ, master_key=MASTER, base_url=address)
    yield client
    client.api.session.close()


@pytest.fixture
def http(address: str) -> Iterator[httpx.Client]:
    """Speaks to the project itself; keys are for the test to send."""
    with httpx.Client(base_url=f"{address}/3.0/projects/{PROJECT}") as client:
        yield client


@pytest.fixture
def collection() -> str:
    """The name of a collection that is not there yet; names may have blanks and dots in them."""
    return f"User posts.{uuid4().hex}"


@pytest.fixture
def three(http: httpx.Client, collection: str) -> str:
    """A collection of three events: n is 1, 2, 3."""
    http.post(
        "/events", json={collection: [{"n": n} for n in (1, 2, 3)]}, headers=AS_WRITER
    ).raise_for_status()
    return collection
