"""The engines that the contract is run on, each with an empty store for as long as a context lasts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest

from buildtimetrend.store import open_store
from buildtimetrend.store.base import Store
from tests.store.owner import owner


@contextmanager
def duckdb(folder: Path, _: pytest.FixtureRequest) -> Iterator[str]:
    yield f"duckdb:///{folder}/store.duckdb"


@contextmanager
def push(folder: Path, _: pytest.FixtureRequest) -> Iterator[str]:
    """Kept by a service that owns a DuckDB file."""
    with owner(folder) as running, pytest.MonkeyPatch.context() as patched:
        patched.setenv("XDG_DATA_HOME", str(folder / "data"))
        yield running.url


# The folder is the test's own.
URLS: dict[str, Callable[[Path, pytest.FixtureRequest], AbstractContextManager[str]]] = {
    "duckdb": duckdb,
    "push": push,
}
# Those that run statements of others: the owner of a store runs none that come from elsewhere.
EXECUTING = sorted(URLS.keys() - {"push"})


@contextmanager
def opened(engine: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty store on that engine."""
    with URLS[engine](folder, request) as url, closing(open_store(url, memory_limit="200MB")) as store:
        yield store
