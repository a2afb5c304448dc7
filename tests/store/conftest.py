from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from buildtimetrend.store import open_store
from buildtimetrend.store.base import Store
from tests.store.engines import ENGINES, empty


@pytest.fixture(params=ENGINES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Of an empty store, on every engine."""
    with empty(request.param, request, tmp_path) as url:
        yield url


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    store = open_store(url, memory_limit="200MB")
    yield store
    store.close()


@pytest.fixture
def reopened(url: str, store: Store) -> Iterator[Callable[[], Store]]:
    """Closes the store, and opens it again."""
    opened = [store]

    def reopen() -> Store:
        opened[-1].close()
        opened.append(open_store(url, memory_limit="200MB"))
        return opened[-1]

    yield reopen
    opened[-1].close()
