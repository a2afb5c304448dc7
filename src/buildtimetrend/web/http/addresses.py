"""Addresses of builds' pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from buildtimetrend import text


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
