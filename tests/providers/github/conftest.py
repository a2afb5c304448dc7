from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import pytest

from buildtimetrend.providers.github import GitHub
from buildtimetrend.providers.http import Limits
from tests.providers.opening import opening
from tests.providers.server import Server

Opener: TypeAlias = Callable[..., GitHub]
PATIENT = Limits(connect=20, read=20, json_time=20, log_time=20)


@pytest.fixture
def opened(server: Server) -> Iterator[Opener]:
    with opening(GitHub, server.url, PATIENT) as opener:
        yield opener


@pytest.fixture
def github(opened: Opener) -> GitHub:
    return opened(github_token="t0ken", github_webhook_secret="s3cret")
