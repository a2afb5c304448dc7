"""What the task machinery asks of a store: tasks, and what a sweep for lost builds compares."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

from buildtimetrend.model import BuildRef, Origin, Task, TaskState, Value
from buildtimetrend.store.base import Store, Table

_TASK = """
    SELECT id, provider, instance, repo, build_id, number, origin, state, tries, reason, import_id,
           created_at, due_at, finished_at
    FROM task
"""


def task(store: Store, task_id: str) -> Task | None:
    return next(_tasks(store.select(_TASK + " WHERE id = $id", {"id": task_id})), None)


def open_tasks(store: Store) -> list[Task]:
    """Tasks that are neither done, failed nor canceled, oldest first."""
    sql = _TASK + " WHERE state IN ('waiting', 'running') ORDER BY created_at, due_at"
    return list(_tasks(store.select(sql)))


def swept_repos(store: Store, provider: str, instance: str) -> list[str]:
    """Slugs of the repos that this CI has reported builds of."""
    sql = """
        SELECT DISTINCT repo.slug FROM repo JOIN build ON build.repo_id = repo.id
        WHERE build.provider = $provider AND build.instance = $instance ORDER BY repo.slug
    """
    return cast(list[str], store.select(sql, {"provider": provider, "instance": instance})["slug"])


def builds_since_first(store: Store, provider: str, instance: str, repo: str) -> tuple[int | None, set[str]]:
    """The smallest build number that is stored of a repo, and every stored build's id."""
    sql = """
        SELECT build.build_id, build.number FROM build JOIN repo ON build.repo_id = repo.id
        WHERE repo.slug = $repo AND build.provider = $provider AND build.instance = $instance
    """
    found = store.select(sql, {"repo": repo, "provider": provider, "instance": instance})
    numbers = [int(str(number)) for number in found["number"] if str(number).isdecimal()]
    return min(numbers, default=None), {str(build_id) for build_id in found["build_id"]}


def refused(store: Store, provider: str, instance: str, repo: str, since: datetime) -> set[str]:
    """Ids of the builds whose task failed for good, or is open, since then: a sweep leaves them alone."""
    sql = """
        SELECT build_id FROM task
        WHERE repo = $repo AND provider = $provider AND instance = $instance AND build_id IS NOT NULL
          AND (finished_at IS NULL OR (state <> 'done' AND finished_at >= $since))
    """
    params: dict[str, Value] = {"repo": repo, "provider": provider, "instance": instance, "since": since}
    return {str(build_id) for build_id in store.select(sql, params)["build_id"]}


def unfinished(store: Store, provider: str, instance: str, repo: str, since: datetime) -> set[str]:
    """Ids of the stored builds with jobs that still ran when they were fetched."""
    sql = """
        SELECT DISTINCT job.build_id FROM job JOIN repo ON job.repo_id = repo.id
        WHERE repo.slug = $repo AND job.provider = $provider AND job.instance = $instance
          AND job.result IS NULL AND job.started_at >= $since
    """
    params: dict[str, Value] = {"repo": repo, "provider": provider, "instance": instance, "since": since}
    return {str(build_id) for build_id in store.select(sql, params)["build_id"]}


def _tasks(table: Table) -> Iterator[Task]:
    for values in zip(*table.values(), strict=True):
        row: dict[str, Any] = dict(zip(table, values, strict=True))
        ref = BuildRef(row["provider"], row["instance"], row["repo"], row["build_id"], row["number"])
        yield Task(
            id=row["id"],
            ref=ref,
            origin=Origin(row["origin"]),
            created_at=row["created_at"],
            due_at=row["due_at"],
            state=TaskState(row["state"]),
            tries=row["tries"],
            reason=row["reason"],
            import_id=row["import_id"],
            finished_at=row["finished_at"],
        )
