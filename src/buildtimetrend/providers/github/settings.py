"""The settings of GitHub Actions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from buildtimetrend.setting import Pem, Seconds, Text, Url, setting


@dataclass(frozen=True, kw_only=True, slots=True)
class GitHubSettings:
    api_url: Url = setting(
        "https://api.github.com",
        "github.api_url",
        "Base URL of GitHub's API; of a GitHub Enterprise server, https://host/api/v3.",
        env="BTT_GITHUB_API_URL",
    )
    token: Text = setting(
        "",
        "github.token",
        "Access token that may read Actions and Contents; without one GitHub answers 60 requests an hour.",
        env="BTT_GITHUB_TOKEN",
        secret=True,
    )
    app_id: Text = setting(
        "",
        "github.app_id",
        "Id of a GitHub App that is installed where the repos are, in place of a token.",
        env="BTT_GITHUB_APP_ID",
    )
    app_key: Pem = setting(
        "",
        "github.app_key",
        "Private key of that GitHub App, as the PEM text that GitHub makes.",
        env="BTT_GITHUB_APP_KEY",
        secret=True,
    )
    webhook_secret: Text = setting(
        "",
        "github.webhook_secret",
        "Secret of the webhooks, as it is set at GitHub.",
        env="BTT_GITHUB_WEBHOOK_SECRET",
        secret=True,
    )
    verify: bool = setting(
        True,
        "github.verify",
        "Refuse webhooks that are not signed with the secret.",
        env="BTT_GITHUB_VERIFY",
    )
    delay: Seconds = setting(
        10.0,
        "github.delay",
        "Seconds from a webhook to the first fetch of its run: GitHub lists the last jobs late.",
        env="BTT_GITHUB_DELAY",
    )
    failed_logs: bool = setting(
        False,
        "github.failed_logs",
        "Read the logs of failed jobs for the command and code that they failed with: a request each.",
        env="BTT_GITHUB_FAILED_LOGS",
    )
    max_log_size: Annotated[int, Field(ge=1024, le=4 * 1024**3)] = setting(
        64 * 1024**2,
        "github.max_log_size",
        "Most bytes that are read of one job's log.",
        env="BTT_GITHUB_MAX_LOG_SIZE",
    )
