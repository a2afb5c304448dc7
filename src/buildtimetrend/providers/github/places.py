"""Repos, code hosts and pages of a GitHub server."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from buildtimetrend.errors import PermanentError
from buildtimetrend.providers.addresses import path_of

_PART = re.compile(r"[A-Za-z0-9_.-]{1,100}", re.ASCII)
_API = "/api/v3"  # below the host of an Enterprise server
_HOST_OF_API = "api."  # of github.com, and of Enterprise Cloud with data residency


def is_slug(slug: str) -> bool:
    """`.` and `..` would climb in a path."""
    parts = slug.split("/")
    return len(parts) == 2 and all(_PART.fullmatch(part) and part.strip(".") for part in parts)


def require_slug(repo: str) -> None:
    if not is_slug(repo):
        raise PermanentError(f"{repo!r} is not a GitHub repo: owner/name is.", detail="repo")


def owner_of(text: str) -> str:
    """An organisation's or a person's name, from the address of its page. Raises `PermanentError`."""
    parts = path_of(text)
    parts = parts[1:] if parts[:1] in (["orgs"], ["users"]) else parts
    owner = parts[0] if len(parts) == 1 else ""
    if not _PART.fullmatch(owner) or not owner.strip("."):
        raise PermanentError(f"{text[:100]!r} is no name of a GitHub organisation or user.", detail="repo")
    return owner


def repo_of(text: str) -> str | None:
    """As `owner/name`; addresses of the API have `repos` before it."""
    parts = path_of(text)
    if "://" in text:
        while parts[:1] and parts[0] in ("api", "v3", "repos") and len(parts) > 2:
            parts = parts[1:]
    slug = "/".join(parts[:2] if "://" in text else parts)
    return slug if is_slug(slug) else None


def web_of(api_url: str) -> str:
    """Where its pages are, for people."""
    address = urlsplit(api_url)
    if address.path.endswith(_API):
        return api_url.removesuffix(_API)
    return f"{address.scheme}://{address.netloc.removeprefix(_HOST_OF_API)}"


def host_of(page: str | None) -> str | None:
    """The code host of a repo, from the address of its page."""
    try:
        return urlsplit(page or "").netloc.lower() or None
    except ValueError:
        return None


def workflow_page(repo_page: str, key: str) -> str | None:
    """Where the runs of a workflow are listed: by its file's name, or by the name of what has no file."""
    if key.startswith(".github/workflows/"):
        return f"{repo_page}/actions/workflows/{quote(key.rpartition('/')[2])}"
    if key.startswith("dynamic/"):
        return f"{repo_page}/actions/workflows/{quote(key.removeprefix('dynamic/'))}"
    return None
