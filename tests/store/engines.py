"""The engines that the contract is run on, and an empty store of each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers import postgres
from tests.store.owner import owner

ENGINES = ("duckdb", "postgres", "citus", "push")
# The owner of a store runs no statements that come from elsewhere.
EXECUTING = tuple(engine for engine in ENGINES if engine != "push")


@contextmanager
def empty(engine: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """The URL of an empty store, which lasts as long as the context; in the folder, if it is a file."""
    if engine == "duckdb":
        yield f"duckdb:///{folder}/store.duckdb"
        return
    if engine == "push":
        with owner(folder) as running, pytest.MonkeyPatch.context() as patched:
            patched.setenv("XDG_DATA_HOME", str(folder / "data"))
            yield running.url
        return
    server = request.getfixturevalue("citus_url" if engine == "citus" else "postgres_server")
    with postgres.schema(getattr(server, "url", server)) as url:
        yield url
