"""Saving builds: which repo and attempt each belongs to, and its rows in place of those stored before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

import duckdb

from buildtimetrend.store.attempts import Attempt, StoredRun, attempt_of, ran_before
from buildtimetrend.store.duckdb.repos import Repos
from buildtimetrend.store.duckdb.seen import Seen
from buildtimetrend.store.rows import BUILD, JOB, STEP, BuildKey, EncodedBuild

Key: TypeAlias = tuple[int, str, str, str]  # repo id, provider, instance, the CI's id

# Instants without their zone, which is UTC: DuckDB's Python client needs pytz for the other type.
_BUILD_RUNS = """
    SELECT repo_id, provider, instance, build_id, attempt, build_id, result IS NOT NULL,
           CAST(started_at AS TIMESTAMP), CAST(finished_at AS TIMESTAMP), 0
    FROM build
    WHERE repo_id IN (SELECT unnest($repo_ids)) AND build_id IN (SELECT unnest($build_ids))
    ORDER BY attempt
"""
_JOB_RUNS = """
    SELECT repo_id, provider, instance, build_id, attempt, job_id, result IS NOT NULL,
           CAST(started_at AS TIMESTAMP), CAST(finished_at AS TIMESTAMP), job_key
    FROM job
    WHERE repo_id IN (SELECT unnest($repo_ids)) AND build_id IN (SELECT unnest($build_ids))
"""
_DELETE = """
    DELETE FROM {table}
    WHERE repo_id = $repo_id AND provider = $provider AND instance = $instance AND build_id = $build_id
      AND attempt = $attempt
"""
# The bounds let DuckDB skip the parts of the table that cannot have them.
_DELETE_STEPS = """
    DELETE FROM step
    WHERE repo_id = $repo_id AND job_key BETWEEN $first AND $last AND job_key IN (SELECT unnest($keys))
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """What the store has of a build: its attempts, and the keys of each one's jobs."""

    attempts: list[Attempt]
    job_keys: dict[int, list[int]]


class Builds:
    """Writes builds inside the caller's transaction. For the writing thread alone."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, repos: Repos) -> None:
        self._cursor = cursor
        self._repos = repos
        self._seen = Seen(cursor)
        self._build_rows = cursor.appender("build", columns=BUILD)
        self._job_rows = cursor.appender("job", columns=JOB)
        self._step_rows = cursor.appender("step", columns=STEP)
        self.reload()

    def reload(self) -> None:
        """Forget what a rolled back transaction left in memory."""
        for rows in (self._build_rows, self._job_rows, self._step_rows):
            rows.clear()
        last = self._cursor.execute("SELECT coalesce(max(job_key), 0) FROM job").fetchall()
        self._last_key: int = last[0][0]

    def save(self, builds: Sequence[EncodedBuild]) -> dict[BuildKey, int]:
        """Store builds of different keys; the attempt of each, 0 when what is stored is newer."""
        if not builds:
            return {}
        keyed = {(self._repos.id_of(encoded.build), *encoded.key): encoded for encoded in builds}
        stored = self._stored([key for key in keyed if key[3] in self._seen])
        attempts = {encoded.key: self._save(key, encoded, stored.get(key)) for key, encoded in keyed.items()}
        for rows in (self._build_rows, self._job_rows, self._step_rows):
            rows.flush()
        return attempts

    def _save(self, key: Key, encoded: EncodedBuild, stored: Stored | None) -> int:
        before = stored.attempts if stored else []
        attempt = attempt_of(encoded.build, before)
        if attempt is None:
            return 0
        if stored and attempt in stored.job_keys:
            self._delete(key, attempt, stored.job_keys[attempt])
        earlier = [run for run in before if run.number < attempt]
        skip = ran_before(encoded.build, earlier) if encoded.build.attempt is None else set()
        self._insert(key[0], attempt, encoded, skip)
        return attempt

    def _insert(self, repo_id: int, attempt: int, encoded: EncodedBuild, skip: set[str]) -> None:
        self._seen.add(encoded.key[2])
        self._build_rows.append_row(repo_id, attempt, *encoded.row)
        for job in encoded.jobs:
            if job.id in skip:
                continue
            self._last_key += 1
            key = self._last_key
            self._job_rows.append_row(repo_id, attempt, key, *job.row)
            self._step_rows.append_rows([(repo_id, key, *step) for step in job.steps])

    def _delete(self, key: Key, attempt: int, job_keys: list[int]) -> None:
        repo_id, provider, instance, build_id = key
        of_build = {"repo_id": repo_id, "provider": provider, "instance": instance, "build_id": build_id}
        for table in ("build", "job"):
            self._cursor.execute(_DELETE.format(table=table), {**of_build, "attempt": attempt})
        if job_keys:
            bounds = {"first": min(job_keys), "last": max(job_keys)}
            self._cursor.execute(_DELETE_STEPS, {"repo_id": repo_id, "keys": job_keys, **bounds})

    def _stored(self, wanted: Collection[Key]) -> dict[Key, Stored]:
        found: dict[Key, Stored] = {}
        jobs: dict[tuple[Key, int], list[tuple[StoredRun, int]]] = defaultdict(list)
        builds = self._rows(_BUILD_RUNS, wanted)
        for key, attempt, run, job_key in self._rows(_JOB_RUNS, {row[0] for row in builds}):
            jobs[key, attempt].append((run, job_key))
        for key, attempt, run, _ in builds:
            of_attempt = jobs[key, attempt]
            stored = found.setdefault(key, Stored([], {}))
            stored.attempts.append(Attempt(attempt, run, [run for run, _ in of_attempt]))
            stored.job_keys[attempt] = [job_key for _, job_key in of_attempt]
        return found

    def _rows(self, sql: str, keys: Collection[Key]) -> list[tuple[Key, int, StoredRun, int]]:
        if not keys:
            return []
        params = {"repo_ids": [key[0] for key in keys], "build_ids": [key[3] for key in keys]}
        rows = self._cursor.execute(sql, params).fetchall()
        return [
            (row[:4], row[4], StoredRun(row[5], row[6], _utc(row[7]), _utc(row[8])), row[9])
            for row in rows
            if row[:4] in keys
        ]


def _utc(naive: datetime | None) -> datetime | None:
    return naive and naive.replace(tzinfo=UTC)
