"""What the file has of the builds that are being saved, and how that is removed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

import duckdb

from buildtimetrend.store.writing.attempts import Attempt, StoredRun

Key: TypeAlias = tuple[int, str, str, str]  # repo id, provider, instance, the CI's id
Found: TypeAlias = tuple[Key, int, StoredRun, int]  # with the attempt, and the row's own key

# Instants without their zone, which is UTC: DuckDB's Python client needs pytz for the other type. Values are
# listed one by one: DuckDB skips most of the table for constants, and reads all of it for a joined list.
_BUILDS = """
    SELECT repo_id, provider, instance, build_id, attempt, build_id, result IS NOT NULL,
           CAST(started_at AS TIMESTAMP), CAST(finished_at AS TIMESTAMP), NULL, rowid
    FROM build WHERE repo_id IN ({repos}) AND build_id IN ({builds})
    ORDER BY attempt
"""
_JOBS = """
    SELECT repo_id, provider, instance, build_id, attempt, job_id, result IS NOT NULL,
           CAST(started_at AS TIMESTAMP), CAST(finished_at AS TIMESTAMP), name, job_key
    FROM job WHERE repo_id IN ({repos}) AND build_id IN ({builds})
"""
# The bounds let DuckDB skip the parts of the table that cannot have them.
_DELETE = "DELETE FROM {table} WHERE {key} BETWEEN $first AND $last AND {key} IN (SELECT unnest($keys))"


@dataclass(frozen=True, slots=True)
class StoredAttempt:
    """An attempt, and the keys of its rows."""

    attempt: Attempt
    build_row: int
    job_keys: list[int]

    def keys_of(self, ids: Set[str]) -> list[int]:
        """The keys of the jobs with these ids."""
        return [key for job, key in zip(self.attempt.jobs, self.job_keys, strict=True) if job.id in ids]


def stored_attempts(
    cursor: duckdb.DuckDBPyConnection, wanted: Collection[Key]
) -> dict[Key, list[StoredAttempt]]:
    """The attempts of these builds, in ascending order."""
    attempts: dict[Key, list[StoredAttempt]] = defaultdict(list)
    jobs: dict[tuple[Key, int], list[tuple[StoredRun, int]]] = defaultdict(list)
    builds = list(_find(cursor, _BUILDS, wanted))
    for key, attempt, run, job_key in _find(cursor, _JOBS, {key for key, *_ in builds}):
        jobs[key, attempt].append((run, job_key))
    for key, number, run, row in builds:
        of_attempt = jobs[key, number]
        attempt_ = Attempt(number, run, [job for job, _ in of_attempt])
        attempts[key].append(StoredAttempt(attempt_, row, [job_key for _, job_key in of_attempt]))
    return attempts


def remove(cursor: duckdb.DuckDBPyConnection, attempts: Sequence[StoredAttempt]) -> None:
    """Delete the builds, their jobs and steps: all in three statements, each of which reads a table."""
    _delete(cursor, "build", "rowid", [attempt.build_row for attempt in attempts])
    remove_jobs(cursor, [key for attempt in attempts for key in attempt.job_keys])


def remove_jobs(cursor: duckdb.DuckDBPyConnection, job_keys: list[int]) -> None:
    """Delete some jobs and their steps."""
    _delete(cursor, "job", "job_key", job_keys)
    _delete(cursor, "step", "job_key", job_keys)


def _find(cursor: duckdb.DuckDBPyConnection, sql: str, keys: Collection[Key]) -> Iterator[Found]:
    if not keys:
        return
    repos, builds = {key[0] for key in keys}, {key[3] for key in keys}
    text = sql.format(repos=", ".join("?" * len(repos)), builds=", ".join("?" * len(builds)))
    for row in cursor.execute(text, [*repos, *builds]).fetchall():
        if row[:4] in keys:
            run = StoredRun(row[5], row[6], _utc(row[7]), _utc(row[8]), row[9])
            yield row[:4], row[4], run, row[10]


def _delete(cursor: duckdb.DuckDBPyConnection, table: str, key: str, values: list[int]) -> None:
    if values:
        params = {"first": min(values), "last": max(values), "keys": values}
        cursor.execute(_DELETE.format(table=table, key=key), params)


def _utc(naive: datetime | None) -> datetime | None:
    return naive and naive.replace(tzinfo=UTC)
