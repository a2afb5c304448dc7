"""Saving builds: which repo and attempt each belongs to, and its rows in place of those stored before."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from buildtimetrend.model import Value
from buildtimetrend.store.pipelines import Pipelines
from buildtimetrend.store.postgres.parameters import bound
from buildtimetrend.store.postgres.rows import Rows
from buildtimetrend.store.postgres.silence import Connection
from buildtimetrend.store.postgres.stored import StoredAttempt, ask_for_attempts, remove, remove_jobs, run
from buildtimetrend.store.repos import Repos
from buildtimetrend.store.rows import BUILD, JOB, STEP, BuildKey, EncodedBuild, Row
from buildtimetrend.store.writing.attempts import attempt_of, listed_again, ran_before
from buildtimetrend.store.writing.changed_days import CHANGED_DAY, changed_days
from buildtimetrend.store.writing.saved_builds import SAVED_BUILD, saved_build
from buildtimetrend.store.writing.write_set import Saved

PRUNE_EVERY = 1000  # saves, of this process
# Others may be at the same rows: none waits.
_FORGET = """
    DELETE FROM saved_build WHERE number IN (
        SELECT number FROM saved_build WHERE saved_at < now() - interval '10 minutes' AND since IS NULL
        FOR UPDATE SKIP LOCKED
    )
"""
KEYS = 1000  # as many keys of jobs are taken at a time: what the sequence is incremented by

_LOCK = "SELECT pg_advisory_xact_lock(key) FROM unnest($1::bigint[]) AS key"
# A statement of its own: one sees what was there when it began, which for the above is before the wait.
_VERSION = "SELECT version FROM repo_version"


class Outdated(Exception):
    """Another process has changed repos since they were read: to be read anew, and all done again."""


class Builds:
    """Writes builds inside the caller's transaction. For the writing thread alone.

    Of processes that save the same build at a time one goes first: each holds a lock that is named after it.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._build_rows = Rows(connection, "build", BUILD)
        self._job_rows = Rows(connection, "job", JOB)
        self._step_rows = Rows(connection, "step", STEP)
        self._changed_rows = Rows(connection, "changed_day", CHANGED_DAY)
        self._saved_rows = Rows(connection, "saved_build", SAVED_BUILD)
        self._since_pruned = 0
        self._keys = iter(range(0))
        self._pipelines = Pipelines(self._run)
        self.reload()

    def reload(self) -> None:
        """Read anew what repos there are, as after a rollback."""
        # The version first: what is read later is as new, or newer.
        self._version = self._read_version()
        self._repos = Repos(self._run)
        self._pipelines.reload()

    def look_anew(self) -> None:
        """See what was stored by another way; keys of jobs that were taken before may be others' now."""
        self._keys = iter(range(0))
        self.reload()

    def save(self, builds: Sequence[EncodedBuild]) -> dict[BuildKey, Saved]:
        """Store builds of different keys."""
        if not builds:
            return {}
        ids = [self._repos.known(encoded.build) for encoded in builds]
        if None in ids:
            self._hold_repos()
            ids = [self._repos.id_of(encoded.build) for encoded in builds]
        keyed = {(repo_id or 0, *encoded.key): encoded for repo_id, encoded in zip(ids, builds, strict=True)}
        run(self._connection, _LOCK, [sorted(_lock(encoded.key) for encoded in builds)])
        version = run(self._connection, _VERSION, [])
        stored = ask_for_attempts(self._connection, keyed.keys())
        if version.fetchall()[0][0] != self._version:
            raise Outdated
        return self._save(keyed, stored())

    def _save(
        self,
        keyed: Mapping[tuple[int, str, str, str], EncodedBuild],
        stored: Mapping[tuple[int, str, str, str], Sequence[StoredAttempt]],
    ) -> dict[BuildKey, Saved]:
        rows: tuple[list[Row], list[Row], list[Row]] = ([], [], [])
        changed: set[tuple[int, int]] = set()
        told: list[Row] = []
        saved = {}
        for key, encoded in keyed.items():
            before = stored.get(key, ())
            attempt = self._append(rows, key[0], encoded, [each.attempt for each in before])
            replaced = [each for each in before if each.attempt.number == attempt]
            for known in replaced:
                remove(self._connection, key, known)
            for later in before if attempt else ():
                if again := later.keys_of(listed_again(encoded.build, attempt, later.attempt)):
                    remove_jobs(self._connection, key[0], again)
            changed |= changed_days(key[0], encoded, [each.attempt for each in replaced])
            told.append(saved_build(key[0], encoded, attempt, [each.attempt for each in replaced]))
            if attempt:
                self._pipelines.note(key[0], encoded.pipeline)
            saved[encoded.key] = Saved(attempt, self._repos.slug_of(key[0]))
        for table, of_table in zip((self._build_rows, self._job_rows, self._step_rows), rows, strict=True):
            table.insert(of_table)
        self._changed_rows.insert([*changed])
        self._tell(told)
        return saved

    def _tell(self, saves: Sequence[Row]) -> None:
        """All of it within the pipeline."""
        self._saved_rows.insert(saves)
        self._since_pruned += len(saves)
        if self._since_pruned >= PRUNE_EVERY:
            self._since_pruned = 0
            self._connection.execute(_FORGET, prepare=False)

    def _append(
        self, rows: tuple[list[Row], list[Row], list[Row]], repo_id: int, encoded: EncodedBuild, known: Any
    ) -> int:
        builds, jobs, steps = rows
        attempt = attempt_of(encoded.build, known)
        if attempt is None:
            return 0
        skip = ran_before(encoded.build, attempt, known) if known else ()
        builds.append((repo_id, attempt, *encoded.row))
        for job in encoded.jobs:
            if job.id not in skip:
                key = self._next_key()
                jobs.append((repo_id, attempt, key, *job.row))
                steps += [(repo_id, key, *step) for step in job.steps]
        return attempt

    def _next_key(self) -> int:
        key = next(self._keys, None)
        if key is None:
            [(first,)] = self._run("SELECT nextval('job_keys')", {})
            self._keys = iter(range(first, first + KEYS))
            return next(self._keys)
        return key

    def _hold_repos(self) -> None:
        """From here until the transaction ends no other process changes repos."""
        [(version,)] = self._run("UPDATE repo_version SET version = version + 1 RETURNING version", {})
        if version != self._version + 1:
            self._repos.reload()
        self._version = version

    def _read_version(self) -> int:
        [(version,)] = self._run(_VERSION, {})
        return int(version)

    def _run(self, sql: str, params: Mapping[str, Value]) -> list[tuple[Any, ...]]:
        cursor = self._connection.execute(*bound(sql, params))
        return cursor.fetchall() if _returns(sql) else []


def _returns(sql: str) -> bool:
    return "SELECT" in sql or "RETURNING" in sql


def _lock(key: BuildKey) -> int:
    """A number for a build, the same in every process; two that share one only wait for each other."""
    digest = hashlib.blake2b("\0".join(key).encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)
