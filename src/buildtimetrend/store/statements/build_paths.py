"""Keeping what critical paths of builds are made of: statements of every engine, with those that sum days up.

A save gives its jobs new keys, so that a build whose jobs have the keys of before is as it was, though steps
may have been dropped since. Paths are reckoned before the transaction begins: one is stored only if the build
has these jobs still.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from buildtimetrend.critical_path.kept import as_text
from buildtimetrend.model import Value
from buildtimetrend.store.base import Statement, Store, rows
from buildtimetrend.store.reads.buckets import number_of
from buildtimetrend.store.reads.build_paths import reckoned
from buildtimetrend.store.reads.jobs_of_builds import in_time
from buildtimetrend.store.reads.middle_builds import PATH_COLUMNS, BuildKey, key_of, with_needs
from buildtimetrend.store.reads.names import in_list, listed, named
from buildtimetrend.store.writing.changed_days import day_at

Row: TypeAlias = Mapping[str, Any]

AT_ONCE = 500  # builds


def keeping(store: Store, repo_id: int, days: Sequence[int]) -> Iterator[Statement]:
    """About the builds of which jobs ended on these days, which are in order. Of builds that are kept as they
    are no jobs are read.
    """
    of_repo: dict[str, Value] = {"repo_id": repo_id}
    ends: dict[str, Value] = {"first": days[0], "last": days[-1]}
    names, given = named("day", days)
    yield _FORGET, of_repo | ends
    instants = {"since": day_at(days[0]), "until": day_at(days[-1] + 1)}
    new = rows(store.select(_NEW.replace("{days}", names), of_repo | given | ends | instants))
    for place in range(0, len(new), AT_ONCE):
        if paths := _paths(store, repo_id, new[place : place + AT_ONCE]):
            yield _storing(repo_id, paths)
    yield _DONE.replace("{days}", names), of_repo | given


def _paths(store: Store, repo_id: int, builds: Sequence[Row]) -> list[Row]:
    """The rows that are to be stored."""
    given = _chosen(repo_id, builds)
    times = {key_of(build): build for build in rows(store.select(_TIMES, given))}
    jobs: dict[BuildKey, list[Any]] = defaultdict(list)
    for job in rows(store.select(_JOBS, given)):
        jobs[key_of(job)].append(job)
    ended = [build for build in builds if key_of(build) in times]
    of_builds = [(times[key], with_needs(in_time(times[key], jobs[key]))) for key in map(key_of, ended)]
    paths = reckoned(store, repo_id, of_builds)
    return [{**build, "path": as_text(path)} for build, path in zip(ended, paths, strict=True)]


def _storing(repo_id: int, paths: Sequence[Row]) -> Statement:
    given = _chosen(repo_id, paths)
    cells = []
    for place, row in enumerate(paths):
        given |= {f"{name}{place}": row[name] for name in _TYPES}
        of_row = (f"CAST(${name}{place} AS {kind})" for name, kind in _TYPES.items())
        cells.append(f"({', '.join(of_row)})")
    return _STORE.replace("{rows}", ", ".join(cells)), given


def _chosen(repo_id: int, builds: Sequence[Row]) -> dict[str, Value]:
    """With instants between which they and their jobs ended: an engine skips what is of other times."""
    return {
        "repo_id": repo_id,
        "builds": listed([build["build_id"] for build in builds]),
        "since": day_at(min(build["first_day"] for build in builds) - 1),
        "until": day_at(max(build["last_day"] for build in builds) + 2),
    }


_TYPES = {"jobs": "INTEGER", "last_key": "BIGINT", "path": "TEXT"}
_DAY = number_of("finished_at", "86400")
_NOW = "provider, instance, build_id, attempt, max(job_key) AS last_key, CAST(count(*) AS INTEGER) AS jobs"
_BY_BUILD = "GROUP BY provider, instance, build_id, attempt"
_DAYS = f"min({_DAY}) AS first_day, max({_DAY}) AS last_day"
_CHOSEN = f"repo_id = $repo_id AND build_id IN {in_list('builds')}"
_CHOSEN_JOBS = f"{_CHOSEN} AND (finished_at IS NULL OR finished_at >= $since AND finished_at < $until)"
_OF_DAYS = "repo_id = $repo_id AND last_day >= $first AND first_day <= $last"
# Those that a save replaced.
_FORGET = f"""
    DELETE FROM build_path
    WHERE {_OF_DAYS} AND (provider, instance, build_id, attempt, last_key, jobs) NOT IN (
        SELECT {_NOW} FROM job
        WHERE repo_id = $repo_id AND build_id IN (
            SELECT build_id FROM build_path WHERE {_OF_DAYS}
        ) {_BY_BUILD}
    )
"""  # noqa: S608 - fixed text only
_NEW = f"""
    SELECT {_NOW}, {_DAYS} FROM job
    WHERE repo_id = $repo_id AND (provider, instance, build_id, attempt) IN (
        SELECT provider, instance, build_id, attempt FROM job
        WHERE repo_id = $repo_id AND finished_at >= $since AND finished_at < $until AND {_DAY} IN ({{days}})
    )
    {_BY_BUILD}
    HAVING (provider, instance, build_id, attempt, max(job_key), count(*)) NOT IN (
        SELECT provider, instance, build_id, attempt, last_key, jobs FROM build_path
        WHERE {_OF_DAYS}
    )
    ORDER BY last_key
"""  # noqa: S608 - fixed text only
_TIMES = f"""
    SELECT provider, instance, build_id, attempt, started_at, finished_at FROM build
    WHERE {_CHOSEN} AND finished_at >= $since AND finished_at < $until
"""  # noqa: S608 - fixed text only
_JOBS = f"SELECT {PATH_COLUMNS} FROM job WHERE {_CHOSEN_JOBS} ORDER BY job_key"  # noqa: S608 - fixed text only
_KEY = "provider, instance, build_id, attempt"
_STORE = f"""
    INSERT INTO build_path (repo_id, {_KEY}, first_day, last_day, jobs, last_key, path)
    SELECT repo_id, {_KEY}, first_day, last_day, stored.jobs, stored.last_key, path
    FROM (SELECT repo_id, {_NOW}, {_DAYS} FROM job WHERE {_CHOSEN_JOBS} {_BY_BUILD}, repo_id) AS stored
    JOIN (VALUES {{rows}}) AS reckoned ({", ".join(_TYPES)})
        ON stored.last_key = reckoned.last_key AND stored.jobs = reckoned.jobs
    WHERE ({_KEY}) NOT IN (SELECT {_KEY} FROM build_path WHERE {_CHOSEN})
"""  # noqa: S608 - fixed text only
_DONE = "DELETE FROM path_day WHERE repo_id = $repo_id AND day IN ({days})"
