"""What a sweep for lost builds compares with what the CI lists."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, TypeAlias, cast

from buildtimetrend.model import Value
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads.names import named
from buildtimetrend.store.reads.repos import repo_id

# A build by its id, and which attempt of it, of a CI that numbers them
Attempt: TypeAlias = tuple[str, int | None]
LONGEST = 18  # digits of a number that is compared as one


def is_integer(number: str | None) -> bool:
    """Whether a build's number can be ordered as one: it is text, and some CIs count by date or version."""
    return number is not None and number.isascii() and number.isdecimal() and len(number) <= LONGEST


class SweptRepo(NamedTuple):
    """`slug` is what it is called here, `name` what its CI calls it: without the code host."""

    slug: str
    name: str


def swept_repos(store: Store, provider: str, instance: str) -> list[SweptRepo]:
    """The repos that this CI has reported builds of."""
    sql = """
        SELECT DISTINCT repo.slug, coalesce(repo.host, '') AS host
        FROM repo JOIN build ON build.repo_id = repo.id
        WHERE build.provider = $provider AND build.instance = $instance ORDER BY repo.slug
    """
    found = store.select(sql, {"provider": provider, "instance": instance})
    return [
        SweptRepo(str(slug), str(slug).removeprefix(f"{host}/"))
        for slug, host in zip(found["slug"], found["host"], strict=True)
    ]


def stored(
    store: Store, provider: str, instance: str, repo: str, builds: Collection[Attempt]
) -> dict[str, set[int]]:
    """The attempts that are stored of these builds, by id. They should be among a repo's latest, which are
    looked at first: to find one among all is to read a long history.
    """
    of = _of(store, provider, instance, repo)
    ends = store.select(_ENDS, of | {"most": 2 * len(builds)})["finished_at"]
    found = _attempts(store.select(_LATEST, of | {"since": ends[-1]})) if ends else {}
    left = {
        build_id
        for build_id, attempt in builds
        if build_id not in found or (attempt and attempt not in found[build_id])
    }
    names, others = named("build", [*left])
    if others:
        found |= _attempts(store.select(_OF_IDS.replace("{builds}", names), of | others))
    ids = {build_id for build_id, _ in builds}
    return {build_id: attempts for build_id, attempts in found.items() if build_id in ids}


def first_number(store: Store, provider: str, instance: str, repo: str) -> int | None:
    """The smallest integer among the build numbers that are stored of a repo. Reads its whole history."""
    found = store.select(_FIRST_NUMBER, _of(store, provider, instance, repo))["number"][0]
    return None if found is None else int(str(found))


def refused(store: Store, provider: str, instance: str, repo: SweptRepo, since: datetime) -> set[Attempt]:
    """The builds whose task failed for good, or is open, since then: a sweep leaves them alone.

    A task keeps the name that its build was asked for by: any name that leads to the repo counts.
    """
    sql = """
        SELECT build_id, attempt FROM task
        WHERE (lower(repo) = $name OR lower(repo) IN (
                SELECT alias FROM repo_alias
                WHERE provider = '' AND instance = '' AND kind = 'slug' AND repo_id = $repo_id
            ))
          AND provider = $provider AND instance = $instance AND build_id IS NOT NULL
          AND (finished_at IS NULL OR (state <> 'done' AND finished_at >= $since))
    """
    of = _of(store, provider, instance, repo.slug) | {"name": repo.name.lower()}
    found = store.select(sql, of | {"since": since})
    return {
        (str(build_id), None if attempt is None else int(str(attempt)))
        for build_id, attempt in zip(found["build_id"], found["attempt"], strict=True)
    }


def noted(store: Store, name: str) -> datetime | None:
    """The instant that was kept by that name (`presence.note`)."""
    found = store.select("SELECT until FROM lease WHERE name = $name", {"name": name})["until"]
    return cast("datetime", found[0]) if found else None


def fetched_after(
    store: Store, provider: str, instance: str, build_ids: Collection[str]
) -> dict[str, datetime]:
    """For each of these builds that a task has stored lately, an instant before the CI was asked for it."""
    names, ids = named("build", [*build_ids])
    if not ids:
        return {}
    sql = f"""
        SELECT build_id, max(due_at) AS due_at FROM task
        WHERE provider = $provider AND instance = $instance AND state = 'done' AND build_id IN ({names})
        GROUP BY build_id
    """  # noqa: S608 - names of parameters
    found = store.select(sql, {"provider": provider, "instance": instance} | ids)
    return {
        str(build_id): cast("datetime", due_at)
        for build_id, due_at in zip(found["build_id"], found["due_at"], strict=True)
    }


def unfinished(store: Store, provider: str, instance: str, repo: str, since: datetime) -> set[str]:
    """Ids of the stored builds with jobs that still ran when they were fetched."""
    sql = """
        SELECT DISTINCT build_id FROM job
        WHERE repo_id = $repo_id AND provider = $provider AND instance = $instance
          AND result IS NULL AND started_at >= $since
    """
    found = store.select(sql, _of(store, provider, instance, repo) | {"since": since})
    return {str(build_id) for build_id in found["build_id"]}


def _attempts(found: Mapping[str, Sequence[Value]]) -> dict[str, set[int]]:
    attempts: dict[str, set[int]] = {}
    for build_id, attempt in zip(found["build_id"], found["attempt"], strict=True):
        attempts.setdefault(str(build_id), set()).add(int(str(attempt)))
    return attempts


def _of(store: Store, provider: str, instance: str, repo: str) -> dict[str, Value]:
    return {"repo_id": repo_id(store, repo), "provider": provider, "instance": instance}


_OF_CI = "repo_id = $repo_id AND provider = $provider AND instance = $instance"
_ENDS = f"""
    SELECT finished_at FROM build WHERE {_OF_CI} AND finished_at IS NOT NULL
    ORDER BY finished_at DESC LIMIT $most
"""  # noqa: S608 - fixed text only
_LATEST = f"SELECT build_id, attempt FROM build WHERE {_OF_CI} AND finished_at >= $since"  # noqa: S608 - fixed text only
_OF_IDS = f"SELECT build_id, attempt FROM build WHERE {_OF_CI} AND build_id IN ({{builds}})"  # noqa: S608 - fixed text only
_FIRST_NUMBER = f"""
    SELECT min(CASE WHEN number ~ '^[0-9]{{1,{LONGEST}}}$' THEN CAST(number AS BIGINT) END) AS number
    FROM build WHERE {_OF_CI}
"""  # noqa: S608 - fixed text only
