"""Addresses of builds' pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from buildtimetrend import text

LONG = timedelta(hours=6)  # for a build: lists are of when builds ended


def build_address(build: Mapping[str, Any]) -> str:
    """The page of the builds of that number in its pipeline."""
    path = f"/build/{text.path(build['provider'])}/{text.path(build['repo'])}/{text.path(build['number'])}"
    return path + of_pipeline(build)


def of_pipeline(build: Mapping[str, Any]) -> str:
    """What a page of a build of that pipeline has behind its path, whatever its number."""
    reference = build["pipeline_reference"]
    return f"?{urlencode({'pipeline': reference})}" if reference else ""


def own_address(build: Mapping[str, Any]) -> str:
    """The page of this very build, whatever others have its number."""
    path, _, _ = build_address(build).partition("?")
    return f"{path}?{urlencode({'id': build['build_id'], 'instance': build['instance']})}"


def builds_around(finding: Mapping[str, Any], repo: str) -> str:
    """The list of builds of the days in which a finding began, with their commits: from that of the last one
    without it to that of the first one that has it for sure.
    """
    began = [_instant(build["started_at"]) for build in (finding["last_before"], finding["last"]) if build]
    since, until = (at.astimezone(UTC).date() for at in (min(began), max(began) + LONG))
    given = {"since": f"{since}", "until": f"{until + timedelta(days=1)}"}
    if finding["pipeline"]:
        given["filter_pipeline"] = finding["pipeline"]
    return f"/builds/{text.path(repo)}?{urlencode(given)}"


def _instant(value: datetime | str) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
