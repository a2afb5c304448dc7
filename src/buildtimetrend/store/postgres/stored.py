"""What is stored of the builds that are being saved, and how that is removed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, TypeAlias

import psycopg

from buildtimetrend.store.postgres.silence import Connection
from buildtimetrend.store.writing.attempts import Attempt, StoredRun

Key: TypeAlias = tuple[int, str, str, str]  # repo id, provider, instance, the CI's id
Cursor: TypeAlias = psycopg.RawCursor[tuple[Any, ...]]

# One repo's rows lie on one machine: asked for by themselves, they cost a cluster half as much.
_ONE = "repo_id = $1 AND build_id = $2"
_SEVERAL = "repo_id = ANY ($1::int[]) AND build_id = ANY ($2::text[])"
_BUILDS = """
    SELECT repo_id, provider, instance, build_id, attempt,
           build_id, result IS NOT NULL, started_at, finished_at
    FROM build WHERE {which} ORDER BY attempt
"""
_JOBS = """
    SELECT repo_id, provider, instance, build_id, attempt,
           job_id, result IS NOT NULL, started_at, finished_at, name, job_key
    FROM job WHERE {which}
"""
_DELETE_STEPS = "DELETE FROM step WHERE repo_id = $1 AND job_key = ANY ($2::bigint[])"
_DELETE_JOBS = "DELETE FROM job WHERE repo_id = $1 AND job_key = ANY ($2::bigint[])"
_DELETE = """
    DELETE FROM {table}
    WHERE repo_id = $1 AND provider = $2 AND instance = $3 AND build_id = $4 AND attempt = $5
"""


@dataclass(frozen=True, slots=True)
class StoredAttempt:
    """An attempt, and the keys of its jobs."""

    attempt: Attempt
    job_keys: list[int]

    def keys_of(self, ids: Set[str]) -> list[int]:
        """The keys of the jobs with these ids."""
        return [key for job, key in zip(self.attempt.jobs, self.job_keys, strict=True) if job.id in ids]


def ask_for_attempts(
    connection: Connection, wanted: Collection[Key]
) -> Callable[[], Mapping[Key, Sequence[StoredAttempt]]]:
    """Asks for these builds' attempts; what it returns waits for the answer, in ascending order."""
    builds = _ask(connection, _BUILDS, wanted)
    return lambda: _attempts(connection, [row for row in builds.fetchall() if row[:4] in wanted])


def remove(connection: Connection, key: Key, stored: StoredAttempt) -> None:
    """Delete the build, its jobs and steps."""
    run(connection, _DELETE_STEPS, [key[0], stored.job_keys])
    for table in ("job", "build"):
        run(connection, _DELETE.format(table=table), [*key, stored.attempt.number])


def remove_jobs(connection: Connection, repo_id: int, job_keys: list[int]) -> None:
    """Delete some jobs of a repo and their steps."""
    for sql in (_DELETE_STEPS, _DELETE_JOBS):
        run(connection, sql, [repo_id, job_keys])


def run(connection: Connection, sql: str, params: Sequence[Any]) -> Cursor:
    """One of the few statements that every build takes: the server keeps its plan."""
    cursor = psycopg.RawCursor(connection)
    cursor.execute(sql, params, prepare=True)
    return cursor


def _attempts(
    connection: Connection, builds: Sequence[tuple[Any, ...]]
) -> Mapping[Key, Sequence[StoredAttempt]]:
    if not builds:  # as for most: they are new
        return {}
    of_attempt: dict[tuple[Any, ...], list[tuple[Any, ...]]] = defaultdict(list)
    for row in _ask(connection, _JOBS, {row[:4] for row in builds}).fetchall():
        of_attempt[row[:5]].append(row)
    attempts: dict[Key, list[StoredAttempt]] = defaultdict(list)
    for row in builds:
        own = of_attempt[row[:5]]
        attempt = Attempt(row[4], StoredRun(*row[5:9]), [StoredRun(*job[5:10]) for job in own])
        attempts[row[:4]].append(StoredAttempt(attempt, [job[10] for job in own]))
    return attempts


def _ask(connection: Connection, sql: str, wanted: Collection[Key]) -> Cursor:
    if len(wanted) == 1:
        [(repo, _, _, build)] = wanted
        return run(connection, sql.format(which=_ONE), [repo, build])
    repos, builds = {key[0] for key in wanted}, {key[3] for key in wanted}
    return run(connection, sql.format(which=_SEVERAL), [list(repos), list(builds)])
