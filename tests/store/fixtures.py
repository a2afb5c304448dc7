"""Stores that tests begin with. A folder or file that has `store` otherwise says so by one of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from buildtimetrend.store import open_store
from buildtimetrend.store.base import Store
from tests.store.begun import begun
from tests.store.engines import EXECUTING, empty_store


@pytest.fixture
def in_memory() -> Iterator[Store]:
    with closing(open_store("duckdb://:memory:")) as store:
        yield store


@pytest.fixture
def store(in_memory: Store) -> Store:
    return in_memory


@pytest.fixture
def in_file(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(begun(tmp_path / "store.duckdb"))) as store:
        yield store


@pytest.fixture(params=EXECUTING)
def of_any_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with empty_store(request.param, request, tmp_path) as store:
        yield store
