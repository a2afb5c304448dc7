from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from buildtimetrend.store import open_store
from buildtimetrend.store.base import Store
from tests.filters.history import CHOSEN, filtered, history
from tests.store.engines import ENGINES, empty_store


@pytest.fixture(scope="module", params=ENGINES)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The whole history, on every engine."""
    folder = tmp_path_factory.mktemp("filters")
    with empty_store(request.param, request, folder) as store:
        store_all(store)
        yield store


@pytest.fixture(scope="session")
def passing() -> Iterator[Callable[[str], Store]]:
    """By a filter's name: a store of what passes it, and nothing else."""
    opened: dict[str, Store] = {}
    with ExitStack() as stores:

        def of(name: str) -> Store:
            if name not in opened:
                opened[name] = stores.enter_context(closing(open_store("duckdb://:memory:")))
                store_all(opened[name], name)
            return opened[name]

        yield of


def store_all(store: Store, name: str | None = None) -> None:
    builds = history()
    for saved in [store.save(build) for build in (filtered(builds, name, CHOSEN[name]) if name else builds)]:
        saved.result()
