"""The engines that the contract is run on, and an empty store of each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers import postgres

ENGINES = ("duckdb", "postgres", "citus")


@contextmanager
def empty(engine: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """The URL of an empty store, which lasts as long as the context; in the folder, if it is a file."""
    if engine == "duckdb":
        yield f"duckdb:///{folder}/store.duckdb"
        return
    server = request.getfixturevalue("citus_url" if engine == "citus" else "postgres_server")
    with postgres.schema(getattr(server, "url", server)) as url:
        yield url
