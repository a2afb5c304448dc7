from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest

from buildtimetrend.providers.gitlab import GitLab
from buildtimetrend.providers.http import Limits
from buildtimetrend.settings import Settings
from tests.providers.server import Server, serving

Opener: TypeAlias = Callable[..., GitLab]
PATIENT = Limits(connect=20, read=20, json_time=20, log_time=20)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as script:
        yield script


@pytest.fixture
def opened(server: Server) -> Iterator[Opener]:
    """Makes providers of the scripted server, with any settings; closes them."""
    made: list[GitLab] = []

    def make(**settings: Any) -> GitLab:
        given = Settings.of(**{"gitlab_url": server.url, **settings})
        made.append(GitLab(given.section("gitlab"), PATIENT))
        return made[-1]

    yield make
    for provider in made:
        provider.close()


@pytest.fixture
def gitlab(opened: Opener) -> GitLab:
    return opened(gitlab_token="t0ken", gitlab_webhook_secret="s3cret")
