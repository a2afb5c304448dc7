from collections.abc import Iterator

import httpx
import pytest

from buildtimetrend.demo.history import History
from buildtimetrend.demo.server import SimulatedTravis

NOW = 1_760_000_000  # 2025-10-09
V3 = {"travis-api-version": "3"}
V2 = {"accept": "application/vnd.travis-ci.2+json"}


@pytest.fixture(scope="session")
def history() -> History:
    return History(seed=1, now=NOW)


@pytest.fixture(scope="module")
def travis(history: History) -> Iterator[SimulatedTravis]:
    with SimulatedTravis(history) as travis:
        yield travis


@pytest.fixture(scope="module")
def client(travis: SimulatedTravis) -> Iterator[httpx.Client]:
    """Asks for version 3."""
    with httpx.Client(base_url=travis.url, headers=V3, timeout=10) as client:
        yield client


@pytest.fixture(scope="module")
def old_client(travis: SimulatedTravis) -> Iterator[httpx.Client]:
    """Asks for version 2."""
    with httpx.Client(base_url=travis.url, headers=V2, timeout=10) as client:
        yield client
