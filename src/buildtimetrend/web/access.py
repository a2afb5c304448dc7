"""Whether a CI answers this service: asked for the newest build of a repo, as an import would."""

from __future__ import annotations

from dataclasses import dataclass

from buildtimetrend.errors import FetchError, Invalid
from buildtimetrend.providers.base import Latest
from buildtimetrend.web.context import Context
from buildtimetrend.web.imports import one_of_few_lists, require_allowed


@dataclass(frozen=True, slots=True)
class Access:
    """`said` is for people, also why it does not work."""

    works: bool
    repo: str
    said: str


def checked(context: Context, name: str, text: str) -> Access:
    """Blocks until the CI has answered. Raises `NotFound` for an unknown CI, `Invalid` for what is no repo of
    it, `Forbidden` for one that the settings do not allow, and `TooManyRequests`.
    """
    repo = None
    if name in context.providers:
        repo = context.providers[name].repo_of(text)
    ci = require_allowed(context, name, repo or "")
    if repo is None:
        raise Invalid(f"{text[:200]!r} names no repo of {ci.title}, as {ci.example} would.", detail="repo")
    try:
        with one_of_few_lists():
            newest = next(iter(ci.select(repo, Latest(1, running=True))), None)
    except FetchError as error:
        return Access(False, repo, error.message)
    has = f"the newest build is {newest.number or newest.id}" if newest else "there is no build of it yet"
    limit = ci.rate_limit()
    left = f" {limit.remaining:,} of {limit.limit:,} requests are left." if limit else ""
    return Access(True, repo, f"{ci.title} lets this service read {repo}: {has}.{left}")
