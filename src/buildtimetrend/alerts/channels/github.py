"""GitHub: one comment on each pull request, edited in place."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from buildtimetrend.alerts.comments import CommentChannel
from buildtimetrend.setting import Text, Url, setting


@dataclass(frozen=True, kw_only=True, slots=True)
class GitHubSettings:
    url: Url = setting(
        "https://api.github.com",
        "alerts.url",
        "Base URL of the API; of an Enterprise server, https://host/api/v3.",
    )
    token: Text = setting(
        "", "alerts.token", "Access token that may write to pull requests of these repos.", secret=True
    )


class GitHub(CommentChannel):
    title = "GitHub"
    settings = GitHubSettings
    needed = ("token",)

    def __init__(self, values: GitHubSettings) -> None:
        headers = {
            "authorization": f"Bearer {values.token}",
            "accept": "application/vnd.github+json",
            "x-github-api-version": "2022-11-28",
        }
        super().__init__(values.url, values.token, headers)

    def comments(self, repo: str, number: str) -> str:
        return f"/repos/{quote(repo)}/issues/{number}/comments"

    def edited(self, repo: str, number: str, comment: str) -> tuple[str, str]:
        return "PATCH", f"/repos/{quote(repo)}/issues/comments/{comment}"
