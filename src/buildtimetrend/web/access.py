"""Whether a CI answers this service: asked for the newest build of a repo, as an import would."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from buildtimetrend.errors import FetchError, Invalid, TemporaryError
from buildtimetrend.providers.base import Latest, Provider
from buildtimetrend.web.context import Context
from buildtimetrend.web.imports import offered, one_of_few_lists, repo_of, require_allowed

MOST_ASKED = 8  # CI systems, about one address


@dataclass(frozen=True, slots=True)
class Access:
    """`said` is for people, also why it does not work."""

    works: bool
    repo: str
    said: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What one CI, by its name in the settings, says of a repo: `away` is one that could not be asked."""

    provider: str
    title: str
    instance: str
    access: Access
    has_builds: bool = False
    away: bool = False


def checked(context: Context, name: str, text: str) -> Access:
    """Blocks until the CI has answered. Raises `NotFound` for an unknown CI, `Invalid` for what is no repo of
    it, `Forbidden` for one that the settings do not allow, and `TooManyRequests`.
    """
    repo = repo_of(context, name, text)
    ci = require_allowed(context, name, repo or "")
    if repo is None:
        raise Invalid(f"{text[:200]!r} names no repo of {ci.title}, as {ci.example} would.", detail="repo")
    with one_of_few_lists():
        return _asked(ci, repo).access


def meant(context: Context, text: str) -> dict[str, str]:
    """The repo that a pasted address or name means, by the name of each CI that may build it; those first of
    which a token is set. Raises `Invalid` where it is none of any, and `Forbidden`.
    """
    found = {name: context.providers[name].found_in(text) for name in offered(context)}
    repos = {name: repo for name, repo in found.items() if repo is not None}
    for name, repo in repos.items():
        require_allowed(context, name, repo)
    if not repos:
        asked = ", ".join(dict.fromkeys(ci.instance for ci in context.providers.values()))
        raise Invalid(
            f"{text[:200]!r} is neither a name as owner/name nor the address of a repository that a CI "
            f"system of the settings builds ({asked}).",
            detail="address",
        )
    return dict(list(repos.items())[:MOST_ASKED])


def answers(context: Context, repos: dict[str, str]) -> list[Answer]:
    """What each of these CIs says of its repo, asked side by side; those that have builds of it first. Blocks
    until all have answered. Raises `TooManyRequests`.
    """
    with one_of_few_lists(), ThreadPoolExecutor(len(repos)) as threads:
        asked = list(threads.map(lambda one: _asked(context.providers[one[0]], one[1]), repos.items()))
    return sorted(asked, key=lambda one: (not one.has_builds, not one.access.works))


def _asked(ci: Provider, repo: str) -> Answer:
    try:
        newest = next(iter(ci.select(repo, Latest(1, running=True))), None)
    except FetchError as error:
        away = isinstance(error, TemporaryError)
        return Answer(ci.name, ci.title, ci.instance, Access(False, repo, error.message), away=away)
    has = f"the newest build is {newest.number or newest.id}" if newest else "there is no build of it yet"
    limit = ci.rate_limit()
    left = f" {limit.remaining:,} of {limit.limit:,} requests are left." if limit else ""
    said = f"{ci.title} lets this service read {repo}: {has}.{left}"
    return Answer(ci.name, ci.title, ci.instance, Access(True, repo, said), has_builds=newest is not None)
