"""Comparisons for page and API alike, kept until a build of their repo lands or they are too old."""

from __future__ import annotations

from dataclasses import dataclass, replace

from buildtimetrend.charts.comparison import Comparison, compare
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads.compare import build_before, busiest_branches
from buildtimetrend.web.analysis.compare_params import EVER, CompareParameters
from buildtimetrend.web.analysis.named_builds import NamedBuild, named_build
from buildtimetrend.web.cache import RepoCache
from buildtimetrend.web.context import Context
from buildtimetrend.web.params import CACHE_MAX_AGE
from buildtimetrend.web.repos import KnownRepos

REPOS = 50
PER_REPO = 20


@dataclass(frozen=True, slots=True)
class Compared:
    """`parameters` say what `by`, `a` and `b` came to; one that there is not enough for stays None.

    `builds` are those that `a` and `b` name, where builds are compared.
    """

    parameters: CompareParameters
    builds: tuple[NamedBuild, ...]
    comparison: Comparison


class Comparisons:
    """Blocks for a tenth of a second: call it on a thread. Raises `NotFound` as `Data` does."""

    def __init__(self, context: Context, repos: KnownRepos) -> None:
        self._store = context.store
        self._repos = repos
        self._kept: RepoCache[Compared] = RepoCache(REPOS, PER_REPO)
        repos.on_changed(self._kept.drop)

    def of(self, repo: str, parameters: CompareParameters) -> Compared:
        def ask() -> Compared:
            settled, builds = settle(self._store, repo, parameters)
            return Compared(settled, builds, compare(self._store, *settled.sides(repo, builds)))

        seconds = CACHE_MAX_AGE[parameters.timeframe] * 60
        return self._kept.answer(self._repos.require(repo), parameters.key, seconds, ask)

    def branches(self, repo: str, parameters: CompareParameters, limit: int) -> list[str]:
        """Those with most builds in the range, first."""
        self._repos.require(repo)
        return busiest_branches(self._store, parameters.query(repo).filtered(branch=None), limit)


def settle(
    store: Store, repo: str, parameters: CompareParameters
) -> tuple[CompareParameters, tuple[NamedBuild, ...]]:
    """What is not given: the two busiest branches, or periods where there is one branch at most; the last
    build and the one before it on its branch. With the builds that `a` and `b` name, if it is builds.
    """
    by = parameters.by or parameters.suggested()
    a, b = parameters.a or None, parameters.b or None
    if by == "branch" and not (a and b):
        query = parameters.query(repo).filtered(branch=None)
        others = [branch for branch in busiest_branches(store, query, 3) if branch not in (a, b)]
        if parameters.by is None and len(others) + bool(a) + bool(b) < 2:
            by = "period"
        a = a or (others.pop(0) if others else None)
        b = b or (others.pop(0) if others else None)
    builds: tuple[NamedBuild, ...] = ()
    if by == "build":
        b = b or _last(store, repo, parameters)
        later = named_build(store, repo, b)
        a = a or build_before(store, repo, later.number)
        builds = named_build(store, repo, a), later
    update = {"by": by, "a": a, "b": b} if by != "period" else {"by": by}
    return parameters.model_copy(update=update), builds


def _last(store: Store, repo: str, parameters: CompareParameters) -> str | None:
    """Of all times: its jobs need not be of the range, either."""
    query = replace(parameters.unfiltered().query(repo), since=EVER[0], until=EVER[1])
    found = reads.builds(store, query, 1, 0)["number"]
    return str(found[0]) if found else None
