"""GitLab: one note on each merge request, edited in place."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from buildtimetrend.alerts.comments import CommentChannel
from buildtimetrend.setting import Text, Url, setting

API = "/api/v4"


@dataclass(frozen=True, kw_only=True, slots=True)
class GitLabSettings:
    url: Url = setting(
        "https://gitlab.com",
        "alerts.url",
        "Base URL of the GitLab server, also with a path, as https://host/gitlab.",
    )
    token: Text = setting(
        "",
        "alerts.token",
        "Access token with the scope api, of who may comment on merge requests.",
        secret=True,
    )


class GitLab(CommentChannel):
    title = "GitLab"
    settings = GitLabSettings
    needed = ("token",)

    def __init__(self, values: GitLabSettings) -> None:
        super().__init__(values.url + API, values.token, {"authorization": f"Bearer {values.token}"})

    def comments(self, repo: str, number: str) -> str:
        return f"/projects/{quote(repo, safe='')}/merge_requests/{number}/notes?sort=asc&order_by=created_at"

    def edited(self, repo: str, number: str, comment: str) -> tuple[str, str]:
        return "PUT", f"/projects/{quote(repo, safe='')}/merge_requests/{number}/notes/{comment}"
