"""The engines that the contract is run on, and an empty store of each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers import postgres

ENGINES = ("duckdb", "postgres")


@contextmanager
def empty(engine: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """The URL of an empty store, which lasts as long as the context; in the folder, if it is a file."""
    if engine == "duckdb":
        yield f"duckdb:///{folder}/store.duckdb"
        return
    with postgres.schema(request.getfixturevalue("postgres_server").url) as url:
        yield url
