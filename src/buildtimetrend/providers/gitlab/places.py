"""Projects, code hosts and pages of a GitLab server, which may be below a path of its host."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote, urlsplit

from buildtimetrend.errors import PermanentError
from buildtimetrend.providers.addresses import path_of

API = "/api/v4"
_PART = re.compile(r"\w[\w.+-]{0,254}|[.][\w.+-]{1,254}")
_MOST_PARTS = 22  # a group may have 20 levels
_PAGES = "/-/"


def is_slug(slug: str) -> bool:
    """`.` and `..` would climb in a path."""
    parts = slug.split("/")
    named = all(_PART.fullmatch(part) and part.strip(".") for part in parts)
    return 2 <= len(parts) <= _MOST_PARTS and named


def require_slug(repo: str) -> None:
    if not is_slug(repo):
        raise PermanentError(f"{repo!r} is not a GitLab project: group/project is.", detail="repo")


def project_path(repo: str) -> str:
    return f"/projects/{quote(repo, safe='')}"


def owner_path(text: str) -> str:
    """Of a group, with those that it is in, or of a person. Raises `PermanentError`."""
    parts = path_of(text.partition(_PAGES)[0])
    parts = parts[1:] if parts[:1] == ["groups"] and len(parts) > 1 else parts
    if not parts or not is_slug("/".join(["_", *parts])):
        raise PermanentError(f"{text[:100]!r} is no name of a GitLab group or user.", detail="repo")
    return f"/{quote('/'.join(parts), safe='')}"


def repo_of(text: str) -> str | None:
    """As `group/subgroup/project`, also of an address of one of its pages or of the API."""
    before, api, project = text.partition(f"{API}/projects/")
    if api and "://" in before:
        slug = unquote(re.split(r"[/?#]", project, maxsplit=1)[0])
    else:
        slug = "/".join(path_of(text.partition(_PAGES)[0] if "://" in text else text))
    return slug if is_slug(slug) else None


def slug_of(page: str | None, instance: str) -> str | None:
    """The project that a page is of: what stands in its address before `/-/`, or the whole of a project's."""
    try:
        path = unquote(urlsplit(page or "").path)
    except ValueError:
        return None
    below = urlsplit(instance).path.rstrip("/") + "/"
    path = path.removeprefix(below) if path.startswith(below) else path.lstrip("/")
    slug = (
        re.split(r"/-/|/(?=pipelines/\d+$|builds/\d+$)", path, maxsplit=1)[0].rstrip("/").removesuffix(".git")
    )
    return slug if is_slug(slug) else None


def host_of(page: str | None, instance: str) -> str:
    """The code host: that of its pages, which may be reached by another name than its API."""
    for address in (page, instance):
        try:
            if host := urlsplit(address or "").netloc.lower():
                return host
        except ValueError:
            continue
    return instance


def job_page(build_page: str, job_id: str) -> str | None:
    """Jobs lie beside pipelines."""
    before, found, _ = build_page.partition(f"{_PAGES}pipelines/")
    return f"{before}{_PAGES}jobs/{quote(job_id)}" if found else None


def code_page(build_page: str) -> str | None:
    before, found, _ = build_page.partition(_PAGES)
    return before if found else None
