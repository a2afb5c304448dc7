"""`/findings.atom` and `/findings/{repo}.atom`: what changed, for feed readers."""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from buildtimetrend import text
from buildtimetrend.alerts.feed import MEDIA_TYPE, Entry, feed
from buildtimetrend.alerts.message import Message
from buildtimetrend.alerts.of_finding import message
from buildtimetrend.findings.document.shared_part import shown
from buildtimetrend.providers.code_host import compare_address
from buildtimetrend.store.reads.feed import latest_findings
from buildtimetrend.web.http.public import public_base
from buildtimetrend.web.params import slug
from buildtimetrend.web.services import Services

ENTRIES = 50
LOOKED_AT = 500  # of all repos, of which some may be hidden
MAX_AGE = 300  # seconds


class Feeds:
    def __init__(self, services: Services) -> None:
        self._store = services.context.store
        self._settings = services.context.settings
        self._repos = services.repos

    def of_all(self, request: Request) -> Response:
        hidden = self._repos.hidden()
        latest = self._latest(LOOKED_AT)
        found = [row for row in latest if row["repo_id"] not in hidden and not row["document"].get("part_of")]
        return self._answer(
            request, found[:ENTRIES], "What changed in builds", "/findings.atom", "/dashboard"
        )

    def of_repo(self, request: Request) -> Response:
        repo = slug(request.path_params["repo"])
        found = self._latest(ENTRIES, self._repos.require(repo))
        page = f"/findings/{text.path(repo)}"
        return self._answer(request, found, f"What changed in builds of {repo}", f"{page}.atom", page)

    def _latest(self, limit: int, repo_id: int | None = None) -> list[dict[str, Any]]:
        found = latest_findings(self._store, limit, repo_id)
        return [row | {"document": shown(row["document"], self._repos.shows)} for row in found]

    def _answer(
        self, request: Request, found: Sequence[dict[str, Any]], title: str, path: str, page: str
    ) -> Response:
        base = public_base(self._settings, request)
        entries = [Entry(_message(row, base), row["found_at"]) for row in found]
        content = feed(entries, title=title, url=base + path, page=base + page)
        headers = {
            "ETag": f'"{sha256(content).hexdigest()[:32]}"',
            "Cache-Control": f"max-age={MAX_AGE}",
        }
        if entries:
            latest = max(entry.message.at for entry in entries)
            headers["Last-Modified"] = format_datetime(latest.replace(microsecond=0), usegmt=True)
        if _is_known(request, headers):
            return Response(status_code=304, headers=headers)
        return Response(content, media_type=MEDIA_TYPE, headers=headers)


def _message(row: dict[str, Any], base: str) -> Message:
    return message(
        row["document"],
        id=row["id"],
        number=row["events"],
        event="fixed" if row["document"]["over_since"] else "opened",
        at=row["changed_at"],
        repo=row["repo"],
        base=base,
        compare_url=compare_address(row["repo"], row["document"]["last_before"], row["document"]["last"]),
    )


def _is_known(request: Request, headers: dict[str, str]) -> bool:
    """By its tag, which says more, or else by its date."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        known = [tag.strip().removeprefix("W/") for tag in tags.split(",")]
        return headers["ETag"] in known or "*" in known
    since = request.headers.get("if-modified-since")
    if since is None or "Last-Modified" not in headers:
        return False
    try:
        return parsedate_to_datetime(headers["Last-Modified"]) <= parsedate_to_datetime(since)
    except (ValueError, TypeError):  # no date, or one without a zone
        return False
