"""The engines that the contract is run on, and an empty store of each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from buildtimetrend.store import open_store
from buildtimetrend.store.base import Store
from tests.servers import postgres
from tests.store.begun import begun
from tests.store.owner import owner

ENGINES = ("duckdb", "postgres", "citus", "push")
# The owner of a store runs no statements that come from elsewhere.
SCHEMAS = {"postgres": "postgres_schemas", "citus": "citus_schemas"}
EXECUTING = tuple(engine for engine in ENGINES if engine != "push")


@contextmanager
def empty(engine: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """The URL of a store without rows, which lasts as long as the context; in the folder, if it is a file."""
    if engine in SCHEMAS:
        with request.getfixturevalue(SCHEMAS[engine]).empty() as url:
            yield url
        return
    if engine == "push":
        with owner(folder) as running, pytest.MonkeyPatch.context() as patched:
            patched.setenv("XDG_DATA_HOME", str(folder / "data"))
            yield running.url
        return
    yield begun(folder / "store.duckdb")


@contextmanager
def empty_store(engine: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Store]:
    """The same, opened."""
    with empty(engine, request, folder) as url, closing(open_store(url, memory_limit="200MB")) as store:
        yield store


@contextmanager
def unmade(engine: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """As `empty`, where whoever opens it first makes its tables."""
    if engine == "duckdb":
        yield f"duckdb:///{folder}/store.duckdb"
        return
    server = request.getfixturevalue("citus_url" if engine == "citus" else "postgres_server")
    with postgres.schema(getattr(server, "url", server)) as url:
        yield url
