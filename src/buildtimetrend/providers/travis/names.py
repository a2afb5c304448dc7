"""Names that come from outside and go into URLs: checked before use."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from buildtimetrend.providers.addresses import path_of

_PUBLIC = {"travis-ci.com", "www.travis-ci.com", "app.travis-ci.com", "travis-ci.org"}
_HOSTS = {"github": "github.com", "bitbucket": "bitbucket.org", "gitlab": "gitlab.com"}
_PART = re.compile(r"[A-Za-z0-9_.-]{1,100}", re.ASCII)


def is_name(part: str) -> bool:
    """Whether this can be one half of a slug; `.` and `..` would climb in a path."""
    return bool(_PART.fullmatch(part)) and part.strip(".") != ""


def is_slug(slug: str) -> bool:
    owner, _, name = slug.partition("/")
    return is_name(owner) and is_name(name)


def hosts() -> frozenset[str]:
    """Of the public Travis CI's pages, and of the code that it builds."""
    return frozenset({*_PUBLIC, *_HOSTS.values()})


def page_of(api_url: str, slug: str, build_id: str) -> str:
    """The web page of a build. An Enterprise server has its API under `/api` of the same host."""
    address = urlsplit(api_url)
    if address.hostname == "api.travis-ci.com":
        return f"https://app.travis-ci.com/github/{slug}/builds/{build_id}"
    if address.hostname == "api.travis-ci.org":
        return f"https://travis-ci.org/{slug}/builds/{build_id}"
    return f"{api_url.removesuffix('/api')}/{slug}/builds/{build_id}"


def repo_of(text: str) -> str | None:
    """As `owner/name`; addresses of Travis CI may name the code host before it."""
    parts = path_of(text)
    if len(parts) == 3 and parts[0] in _HOSTS and "://" in text:
        parts = parts[1:]
    slug = "/".join(parts)
    return slug if len(parts) == 2 and is_slug(slug) else None


def job_page(build_page: str, job_id: str) -> str | None:
    """Jobs lie beside builds."""
    before, found, _ = build_page.partition("/builds/")
    return f"{before}/jobs/{job_id}" if found else None


def code_page(build_page: str, repo: str) -> str | None:
    """Where the code is, as the public Travis CI tells; its old addresses are all of GitHub's repos."""
    address = urlsplit(build_page)
    if address.hostname not in _PUBLIC:
        return None
    host = _HOSTS.get(address.path.strip("/").split("/")[0], _HOSTS["github"])
    return f"https://{host}/{quote(repo)}"
