"""What a sweep for lost builds compares with what the CI lists."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from buildtimetrend.model import Value
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads.repos import repo_id

LONGEST = 18  # digits of a number that is compared as one


def is_integer(number: str | None) -> bool:
    """Whether a build's number can be ordered as one: it is text, and some CIs count by date or version."""
    return number is not None and number.isascii() and number.isdecimal() and len(number) <= LONGEST


def swept_repos(store: Store, provider: str, instance: str) -> list[str]:
    """Slugs of the repos that this CI has reported builds of."""
    sql = """
        SELECT DISTINCT repo.slug FROM repo JOIN build ON build.repo_id = repo.id
        WHERE build.provider = $provider AND build.instance = $instance ORDER BY repo.slug
    """
    return cast(list[str], store.select(sql, {"provider": provider, "instance": instance})["slug"])


def builds_since_first(store: Store, provider: str, instance: str, repo: str) -> tuple[int | None, set[str]]:
    """The smallest integer among the build numbers that are stored of a repo, and every stored build's id."""
    sql = """
        SELECT build_id, number FROM build
        WHERE repo_id = $repo_id AND provider = $provider AND instance = $instance
    """
    found = store.select(sql, _of(store, provider, instance, repo))
    numbers = [int(str(number)) for number in found["number"] if is_integer(str(number))]
    return min(numbers, default=None), {str(build_id) for build_id in found["build_id"]}


def refused(store: Store, provider: str, instance: str, repo: str, since: datetime) -> set[str]:
    """Ids of the builds whose task failed for good, or is open, since then: a sweep leaves them alone.

    A task keeps the name that its build was asked for by: any name that leads to the repo counts.
    """
    sql = """
        SELECT build_id FROM task
        WHERE lower(repo) IN (
                SELECT alias FROM repo_alias
                WHERE provider = '' AND instance = '' AND kind = 'slug' AND repo_id = $repo_id
            )
          AND provider = $provider AND instance = $instance AND build_id IS NOT NULL
          AND (finished_at IS NULL OR (state <> 'done' AND finished_at >= $since))
    """
    found = store.select(sql, _of(store, provider, instance, repo) | {"since": since})
    return {str(build_id) for build_id in found["build_id"]}


def unfinished(store: Store, provider: str, instance: str, repo: str, since: datetime) -> set[str]:
    """Ids of the stored builds with jobs that still ran when they were fetched."""
    sql = """
        SELECT DISTINCT build_id FROM job
        WHERE repo_id = $repo_id AND provider = $provider AND instance = $instance
          AND result IS NULL AND started_at >= $since
    """
    found = store.select(sql, _of(store, provider, instance, repo) | {"since": since})
    return {str(build_id) for build_id in found["build_id"]}


def _of(store: Store, provider: str, instance: str, repo: str) -> dict[str, Value]:
    return {"repo_id": repo_id(store, repo), "provider": provider, "instance": instance}
