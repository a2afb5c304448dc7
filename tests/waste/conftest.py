from __future__ import annotations

from collections.abc import Iterator

import pytest

from buildtimetrend.store.base import Store
from tests.store.engines import ENGINES, empty_store


@pytest.fixture(scope="package", params=ENGINES)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One for all tests: each has a repo of its own."""
    with empty_store(request.param, request, tmp_path_factory.mktemp("waste")) as store:
        yield store
