from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from buildtimetrend.store import open_store
from buildtimetrend.store.base import Store
from buildtimetrend.tasks import Retries, SharedTasks, ThreadTasks
from tests.tasks.kinds import FAST, KINDS, Running, broker_url, started, store_url
from tests.tasks.providers import SmallCI, build

Start = Callable[..., ThreadTasks | SharedTasks]


@pytest.fixture
def ci() -> SmallCI:
    return SmallCI(build(number) for number in range(1, 21))


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def store(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with store_url(kind, request, tmp_path) as url, closing(open_store(url)) as store:
        yield store


@pytest.fixture
def running(
    kind: str, store: Store, ci: SmallCI, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[..., Running]]:
    """Starts tasks of this kind, and with them all that collects their builds."""
    broker = broker_url(kind, request)
    with ExitStack() as stack:

        def start(retries: Retries = FAST, **settings: Any) -> Running:
            new = started(store, ci, broker, tmp_path, retries, **settings)
            stack.callback(new.stop)
            return new

        yield start


@pytest.fixture
def start(running: Callable[..., Running]) -> Start:
    return lambda *args, **settings: running(*args, **settings).tasks
