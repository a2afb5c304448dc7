"""The settings of Travis CI."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from buildtimetrend.setting import Row, Seconds, Text, Url


@dataclass(frozen=True, kw_only=True, slots=True)
class TravisSettings:
    account_token: Annotated[
        Text,
        Row(
            "travis_account_token",
            "Account token for the older Authorization header of Travis CI notifications.",
            env="TRAVIS_ACCOUNT_TOKEN",
            secret=True,
        ),
    ] = ""
    api_url: Annotated[
        Url,
        Row(
            "travis.api_url",
            "Base URL of the Travis CI API; of a Travis CI Enterprise server, https://host/api.",
            env="BTT_TRAVIS_API_URL",
        ),
    ] = "https://api.travis-ci.com"
    token: Annotated[
        Text,
        Row("travis.token", "API access token; private repos need it.", env="BTT_TRAVIS_TOKEN", secret=True),
    ] = ""
    verify: Annotated[
        bool,
        Row(
            "travis.verify", "Refuse notifications that are not signed by Travis CI.", env="BTT_TRAVIS_VERIFY"
        ),
    ] = True
    delay: Annotated[
        Seconds,
        Row(
            "travis.delay",
            "Seconds from a notification to the first fetch of its build: Travis CI fills in the end late.",
            env="BTT_TRAVIS_DELAY",
        ),
    ] = 10.0
    max_log_size: Annotated[
        int,
        Field(ge=1024, le=4 * 1024**3),
        Row(
            "travis.max_log_size", "Most bytes that are read of one job's log.", env="BTT_TRAVIS_MAX_LOG_SIZE"
        ),
    ] = 64 * 1024**2
