"""Where a project's code is, as far as the addresses of its builds' pages at their CI tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from buildtimetrend.providers import PROVIDERS, provider_class
from buildtimetrend.providers.addresses import web_address


def repository(repo: str, builds: Iterable[Mapping[str, Any]]) -> str | None:
    """Its page there; each build has `url` and `provider`."""
    for build in builds:
        if web_address(build["url"]) and build["provider"] in PROVIDERS:
            found = provider_class(build["provider"]).code_page(build["url"], repo)
            if web_address(found):
                return found
    return None


def compare_address(repo: str, good: Mapping[str, Any] | None, bad: Mapping[str, Any] | None) -> str | None:
    """The page of the commits after that of one build, up to that of the other."""
    if not (good and bad and good["commit_id"] and bad["commit_id"]):
        return None
    home = repository(repo, (bad, good))
    if home is None or good["commit_id"] == bad["commit_id"]:
        return None
    part = "/-/compare/" if bad["provider"] == "gitlab" else "/compare/"
    return f"{home.rstrip('/')}{part}{quote(good['commit_id'], '')}...{quote(bad['commit_id'], '')}"
