from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import pytest

from buildtimetrend.providers.travis import Limits, Travis
from tests.providers.opening import opening
from tests.providers.server import Server, serving

Opener: TypeAlias = Callable[..., Travis]
# A busy machine may need seconds for an answer. Where time is what a test is about, it asks for `QUICK`.
PATIENT = Limits(connect=20, read=20, json_time=20, json_size=200_000, log_time=20, key_time=20)
QUICK = Limits(connect=1, read=0.3, json_time=0.6, json_size=200_000, log_time=0.6, key_time=0.6)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as script:
        yield script


@pytest.fixture
def opened(server: Server) -> Iterator[Opener]:
    with opening(Travis, server.url, PATIENT) as opener:
        yield opener


@pytest.fixture
def travis(opened: Opener) -> Travis:
    return opened(travis_token="s3cret-token")


@pytest.fixture
def hasty(opened: Opener) -> Travis:
    """Gives up in less than a second."""
    return opened(QUICK, travis_token="s3cret-token")
