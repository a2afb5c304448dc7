from __future__ import annotations

from collections.abc import Iterator

import pytest

from buildtimetrend.model import Build
from buildtimetrend.store.base import Store
from tests.charts.sample import fill
from tests.store.engines import ENGINES, empty_store


@pytest.fixture(scope="session", params=ENGINES)
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Store, list[Build]]]:
    """A store that holds the sample, on every engine, and the builds in it."""
    with empty_store(request.param, request, tmp_path_factory.mktemp("charts")) as store:
        yield store, fill(store)


@pytest.fixture
def store(filled: tuple[Store, list[Build]]) -> Store:
    return filled[0]


@pytest.fixture
def builds(filled: tuple[Store, list[Build]]) -> list[Build]:
    return filled[1]
