from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest

from buildtimetrend.providers.github import GitHub
from buildtimetrend.providers.http import Limits
from buildtimetrend.settings import Settings
from tests.providers.server import Server, serving

Opener: TypeAlias = Callable[..., GitHub]
PATIENT = Limits(connect=20, read=20, json_time=20, log_time=20)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as script:
        yield script


@pytest.fixture
def opened(server: Server) -> Iterator[Opener]:
    """Makes providers of the scripted server, with any settings; closes them."""
    made: list[GitHub] = []

    def make(**settings: Any) -> GitHub:
        given = Settings.of(**{"github_api_url": server.url, **settings})
        made.append(GitHub(given.section("github"), PATIENT))
        return made[-1]

    yield make
    for provider in made:
        provider.close()


@pytest.fixture
def github(opened: Opener) -> GitHub:
    return opened(github_token="t0ken", github_webhook_secret="s3cret")
