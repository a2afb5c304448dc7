from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import pytest

from buildtimetrend.providers.gitlab import GitLab
from buildtimetrend.providers.http import Limits
from tests.providers.opening import opening
from tests.providers.server import Server

Opener: TypeAlias = Callable[..., GitLab]
PATIENT = Limits(connect=20, read=20, json_time=20, log_time=20)


@pytest.fixture
def opened(server: Server) -> Iterator[Opener]:
    with opening(GitLab, server.url, PATIENT) as opener:
        yield opener


@pytest.fixture
def gitlab(opened: Opener) -> GitLab:
    return opened(gitlab_token="t0ken", gitlab_webhook_secret="s3cret")
