"""Repos as people paste them: `owner/name`, or the address of a page of it; and addresses of the web."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, unquote, urlsplit

LONGEST = 1000  # characters
# What follows a repo's name in the addresses of code hosts and CI systems.
_PAGES = frozenset(
    {
        "-", "actions", "blob", "branches", "builds", "commit", "commits", "issues", "jobs", "merge_requests",
        "pipelines", "pull", "pulls", "requests", "settings", "src", "tree", "wiki",
    }
)  # fmt: skip
_SCP = re.compile(r"(?:[\w.-]+@)?[\w-]+(?:\.[\w-]+)+:(?!//)(?P<path>.+)")


def path_of(text: str) -> list[str]:
    """The parts of the path that names a repo, without what follows it in an address; empty for no such."""
    given = text.strip()
    if len(given) > LONGEST:
        return []
    if scp := _SCP.fullmatch(given):
        path = scp["path"]
    elif "://" in given:
        try:
            path = unquote(urlsplit(given).path)
        except ValueError:
            return []
    else:
        path = given.partition("?")[0].partition("#")[0]
        host, _, rest = path.partition("/")
        # `github.com/owner/name`, which a browser's bar shows without its scheme.
        path = rest if "." in host and rest.count("/") >= 1 else path
    parts = [part for part in path.strip("/").split("/") if part]
    # The first two are owner and name, whatever they are called.
    end = next((place for place, part in enumerate(parts) if place > 1 and part in _PAGES), len(parts))
    parts = parts[:end]
    if parts:
        parts[-1] = parts[-1].removesuffix(".git")
    return parts


def host_of(text: str) -> str | None:
    """The host that a pasted address names, in lower case, with its port where pages are at an unusual one;
    None for a name alone, empty for what is no address.
    """
    given = text.strip()
    if "://" in given:
        return _host_of_page(given)
    if scp := _SCP.fullmatch(given):
        return scp[0].partition(":")[0].rpartition("@")[2].lower()
    before, _, rest = given.partition("/")
    return before.lower() if "." in before and rest.count("/") >= 1 else None


def _host_of_page(address: str) -> str:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return ""
    host = parts.hostname or ""
    # The port of SSH says nothing of where the pages are.
    usual = {"http": (None, 80), "https": (None, 443)}.get(parts.scheme, (port,))
    return host if port in usual else f"{host}:{port}"


def web_address(url: str | None) -> SplitResult | None:
    """The parts of an address of the web; None for any other text: only such a one becomes a link."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return parts if parts.scheme in ("http", "https") and parts.netloc else None
