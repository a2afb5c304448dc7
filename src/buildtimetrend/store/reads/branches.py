"""Builds by the class of their branch: the default branch, pull requests, others."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from buildtimetrend.model import Value
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads.lookups import look_up
from buildtimetrend.store.reads.repos import repo_id

LOOKED_AT = 200  # builds of a repo, the newest, that say which branch is the default one
USUAL_NAMES = ("main", "master", "trunk", "develop", "default", "mainline")
SOME = 0.1  # of the builds: a branch of such a name with fewer is none that people work on


class Branches(StrEnum):
    ALL = "all"
    DEFAULT = "default"
    PULL_REQUESTS = "pull_requests"
    OTHERS = "others"


@dataclass(frozen=True, slots=True)
class BranchClass:
    """`default` is the repo's default branch, None where it is not known: then no build is of it."""

    branches: Branches = Branches.ALL
    default: str | None = None

    @property
    def condition(self) -> str:
        """Of a row of `build`, with AND before it; its parameter is `$default_branch`."""
        return _CONDITIONS[self.branches]

    @property
    def given(self) -> dict[str, Value]:
        return {"default_branch": self.default or ""}


def default_branch(store: Store, repo: str) -> str | None:
    """The branch that most of the newest builds are of that are no pull requests', if it is not one of the
    usual names that has a tenth of them; None where there are none. No CI system tells it with its builds.
    """
    found = look_up(store, _NEWEST, {"repo_id": repo_id(store, repo), "most": LOOKED_AT})["branch"]
    builds = Counter(map(str, found))
    usual = [name for name in USUAL_NAMES if builds[name] >= SOME * len(found)] if found else []
    return max(usual or builds, key=lambda name: builds[name], default=None)


IS_PULL = """
    (coalesce("trigger", '') LIKE 'pull_request%' OR ("trigger" IS NULL AND pull_request IS NOT NULL))
"""
_CONDITIONS = {
    Branches.ALL: "",
    Branches.DEFAULT: f" AND branch = $default_branch AND NOT {IS_PULL}",
    Branches.PULL_REQUESTS: f" AND {IS_PULL}",
    Branches.OTHERS: f" AND coalesce(branch, '') <> $default_branch AND NOT {IS_PULL}",
}
_NEWEST = f"""
    SELECT branch FROM build
    WHERE repo_id = $repo_id AND finished_at IS NOT NULL AND branch IS NOT NULL AND tag IS NULL
      AND NOT {IS_PULL}
    ORDER BY finished_at DESC LIMIT $most
"""  # noqa: S608 - fixed text only
