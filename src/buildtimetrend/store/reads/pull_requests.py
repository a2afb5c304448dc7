"""Builds of pull requests, and of the branches that they are to be merged into."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from buildtimetrend.model import Build, Result, Value
from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.reads.whole import whole_builds

_BUILT = """
    SELECT b.repo_id, r.slug AS repo, r.host, b.pipeline, b.pull_request, max(b.finished_at) AS passed_at
    FROM build b JOIN repo r ON r.id = b.repo_id
    WHERE b.result = 'passed' AND b.pull_request IS NOT NULL AND b.finished_at >= $since
    GROUP BY b.repo_id, r.slug, r.host, b.pipeline, b.pull_request
"""
_OF_PULL_REQUEST = """
    SELECT provider, instance, build_id, max(finished_at) AS finished_at FROM build
    WHERE repo_id = $repo_id AND pipeline = $pipeline AND pull_request = $pull_request AND result = 'passed'
    GROUP BY provider, instance, build_id ORDER BY finished_at DESC LIMIT $most
"""
_OF_BRANCH = """
    SELECT provider, instance, build_id, max(finished_at) AS finished_at FROM build
    WHERE repo_id = $repo_id AND pipeline = $pipeline AND branch = $branch AND result = 'passed'
        AND finished_at <= $before AND coalesce("trigger", '') NOT LIKE 'pull_request%'
        AND pull_request IS NULL
    GROUP BY provider, instance, build_id ORDER BY finished_at DESC LIMIT $most
"""


def built_pull_requests(store: Store, since: datetime) -> list[dict[str, Any]]:
    """Those of which a build passed since then: `repo_id`, `repo`, `host` (of its code), `pipeline`,
    `pull_request` (its number) and `passed_at`, when the latest did.
    """
    return rows(store.select(_BUILT, {"since": since}))


@dataclass(frozen=True, slots=True)
class OfPipeline:
    """A pipeline of a repo, by its id."""

    repo: str
    repo_id: int
    pipeline: int

    @property
    def given(self) -> dict[str, Value]:
        return {"repo_id": self.repo_id, "pipeline": self.pipeline}


def builds_of_pull_request(store: Store, of: OfPipeline, number: str, most: int) -> list[Build]:
    """Its latest builds that passed, the oldest first; of each the last attempt that did."""
    given = of.given | {"pull_request": number, "most": most}
    return _builds(store, of.repo, rows(store.select(_OF_PULL_REQUEST, given)))


def passed_builds_of_branch(
    store: Store, of: OfPipeline, branch: str, before: datetime, most: int
) -> list[Build]:
    """The same of a branch's own builds that ended before then: those of no pull request."""
    given = of.given | {"branch": branch, "before": before, "most": most}
    return _builds(store, of.repo, rows(store.select(_OF_BRANCH, given)))


def _builds(store: Store, repo: str, found: list[dict[str, Any]]) -> list[Build]:
    attempts = [
        whole_builds(store, repo, row["provider"], row["instance"], row["build_id"])
        for row in reversed(found)
    ]
    passed = [[build for build in each if build.result is Result.PASSED] for each in attempts]
    return [each[-1] for each in passed if each]
