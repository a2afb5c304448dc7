"""The settings of Travis CI."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from buildtimetrend.setting import Seconds, Text, Url, setting


@dataclass(frozen=True, kw_only=True, slots=True)
class TravisSettings:
    account_token: Text = setting(
        "",
        "travis_account_token",
        "Account token for the older Authorization header of Travis CI notifications.",
        env="TRAVIS_ACCOUNT_TOKEN",
        secret=True,
    )
    api_url: Url = setting(
        "https://api.travis-ci.com",
        "travis.api_url",
        "Base URL of the Travis CI API; of a Travis CI Enterprise server, https://host/api.",
        env="BTT_TRAVIS_API_URL",
    )
    token: Text = setting(
        "", "travis.token", "API access token; private repos need it.", env="BTT_TRAVIS_TOKEN", secret=True
    )
    verify: bool = setting(
        True,
        "travis.verify",
        "Refuse notifications that are not signed by Travis CI.",
        env="BTT_TRAVIS_VERIFY",
    )
    delay: Seconds = setting(
        10.0,
        "travis.delay",
        "Seconds from a notification to the first fetch of its build: Travis CI fills in the end late.",
        env="BTT_TRAVIS_DELAY",
    )
    max_log_size: Annotated[int, Field(ge=1024, le=4 * 1024**3)] = setting(
        64 * 1024**2,
        "travis.max_log_size",
        "Most bytes that are read of one job's log.",
        env="BTT_TRAVIS_MAX_LOG_SIZE",
    )
