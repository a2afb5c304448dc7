"""Names that come from outside and go into URLs: checked before use."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_PART = re.compile(r"[A-Za-z0-9_.-]{1,100}", re.ASCII)


def is_name(part: str) -> bool:
    """Whether this can be one half of a slug; `.` and `..` would climb in a path."""
    return bool(_PART.fullmatch(part)) and part.strip(".") != ""


def is_slug(slug: str) -> bool:
    owner, _, name = slug.partition("/")
    return is_name(owner) and is_name(name)


def page_of(api_url: str, slug: str, build_id: str) -> str:
    """The web page of a build. An Enterprise server has its API under `/api` of the same host."""
    address = urlsplit(api_url)
    if address.hostname == "api.travis-ci.com":
        return f"https://app.travis-ci.com/github/{slug}/builds/{build_id}"
    if address.hostname == "api.travis-ci.org":
        return f"https://travis-ci.org/{slug}/builds/{build_id}"
    return f"{api_url.removesuffix('/api')}/{slug}/builds/{build_id}"
