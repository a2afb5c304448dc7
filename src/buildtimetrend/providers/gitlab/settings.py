"""The settings of GitLab CI."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from buildtimetrend.setting import Seconds, Text, Url, setting


@dataclass(frozen=True, kw_only=True, slots=True)
class GitLabSettings:
    url: Url = setting(
        "https://gitlab.com",
        "gitlab.url",
        "Base URL of the GitLab server, also with a path, as https://host/gitlab.",
        env="BTT_GITLAB_URL",
    )
    token: Text = setting(
        "",
        "gitlab.token",
        "Access token of a person, project or group with the scope read_api; private projects need it.",
        env="BTT_GITLAB_TOKEN",
        secret=True,
    )
    token_kind: Literal["auto", "private", "job", "oauth"] = setting(
        "auto",
        "gitlab.token_kind",
        "What the token is: private (of a person, project or group), job or oauth; auto goes by its form.",
        env="BTT_GITLAB_TOKEN_KIND",
    )
    webhook_secret: Text = setting(
        "",
        "gitlab.webhook_secret",
        "Secret token of the webhooks, or, as whsec_…, the signing token, as it is set at GitLab.",
        env="BTT_GITLAB_WEBHOOK_SECRET",
        secret=True,
    )
    verify: bool = setting(
        True,
        "gitlab.verify",
        "Refuse webhooks that neither have the secret nor are signed with it.",
        env="BTT_GITLAB_VERIFY",
    )
    delay: Seconds = setting(
        5.0,
        "gitlab.delay",
        "Seconds from a webhook to the first fetch of its pipeline: the last traces are archived late.",
        env="BTT_GITLAB_DELAY",
    )
    max_log_size: Annotated[int, Field(ge=1024, le=4 * 1024**3)] = setting(
        64 * 1024**2,
        "gitlab.max_log_size",
        "Most bytes that are read of one job's trace.",
        env="BTT_GITLAB_MAX_LOG_SIZE",
    )
