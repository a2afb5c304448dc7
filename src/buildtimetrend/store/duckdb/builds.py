"""Saving builds: which repo and attempt each belongs to, and its rows in place of those stored before."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from buildtimetrend.store.duckdb.rows import Rows
from buildtimetrend.store.duckdb.seen import Seen
from buildtimetrend.store.duckdb.stored import StoredAttempt, remove, remove_jobs, stored_attempts
from buildtimetrend.store.pipelines import Pipelines
from buildtimetrend.store.repos import Repos
from buildtimetrend.store.rows import BUILD, JOB, STEP, BuildKey, EncodedBuild, Row
from buildtimetrend.store.writing.attempts import attempt_of, listed_again, ran_before
from buildtimetrend.store.writing.changed_days import CHANGED_DAY, changed_days
from buildtimetrend.store.writing.saved_builds import SAVED_BUILD, saved_build
from buildtimetrend.store.writing.write_set import Saved

TOLD = 1000  # saves that are kept
MOST_MARKED = 10_000  # marked days that are remembered: 1 MB
_FORGET = """
    DELETE FROM saved_build
    WHERE since IS NULL AND number <= (SELECT max(number) FROM saved_build) - $told
"""


class Builds:
    """Writes builds inside the caller's transaction. For the writing thread alone."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, repos: Repos, pipelines: Pipelines) -> None:
        self._cursor = cursor
        self._repos = repos
        self._pipelines = pipelines
        self._since_pruned = TOLD  # by an earlier process
        self._seen = Seen(cursor)
        self._build_rows = Rows(cursor, "build", BUILD)
        self._job_rows = Rows(cursor, "job", JOB)
        self._step_rows = Rows(cursor, "step", STEP)
        self._changed_rows = cursor.appender("changed_day", columns=CHANGED_DAY)
        self._saved_rows = cursor.appender("saved_build", columns=SAVED_BUILD)
        self._appenders = (
            self._build_rows,
            self._job_rows,
            self._step_rows,
            self._changed_rows,
            self._saved_rows,
        )
        self.reload()

    def reload(self) -> None:
        """Forget what a rolled back transaction left in memory."""
        for rows in self._appenders:
            rows.clear()
        self._pipelines.reload()
        self.forget_marks()
        last = self._cursor.execute("SELECT coalesce(max(job_key), 0) FROM job").fetchall()
        self._last_key: int = last[0][0]

    def forget_marks(self) -> None:
        """Marks of changed days may have been taken off the table."""
        self._marked: set[tuple[int, int]] = set()

    def look_anew(self) -> None:
        """See what was stored by another way."""
        self._seen = Seen(self._cursor)
        self.reload()

    def save(self, builds: Sequence[EncodedBuild]) -> dict[BuildKey, Saved]:
        """Store builds of different keys."""
        if not builds:
            return {}
        keyed = {(self._repos.id_of(encoded.build), *encoded.key): encoded for encoded in builds}
        stored = stored_attempts(self._cursor, [key for key in keyed if key[3] in self._seen])
        replaced: list[StoredAttempt] = []
        again: list[int] = []
        changed: set[tuple[int, int]] = set()
        saved = {}
        told: list[Row] = []
        for key, encoded in keyed.items():
            before = stored.get(key, [])
            attempt = self._append(key[0], encoded, before)
            instead_of = [known for known in before if known.attempt.number == attempt]
            changed |= changed_days(key[0], encoded, [each.attempt for each in instead_of])
            told.append(saved_build(key[0], encoded, attempt, [each.attempt for each in instead_of]))
            if attempt:
                again += [
                    key
                    for each in before
                    for key in each.keys_of(listed_again(encoded.build, attempt, each.attempt))
                ]
                self._pipelines.note(key[0], encoded.pipeline)
            replaced += instead_of
            saved[encoded.key] = Saved(attempt, self._repos.slug_of(key[0]))
        remove(self._cursor, replaced)
        remove_jobs(self._cursor, again)
        self._mark(changed)
        self._tell(told)
        for rows in self._appenders:
            rows.flush()
        return saved

    def _tell(self, saves: Sequence[Row]) -> None:
        """The last of them are kept, and those that nobody has looked at yet."""
        self._saved_rows.append_rows(saves)
        self._since_pruned += len(saves)
        if self._since_pruned >= TOLD:
            self._since_pruned = 0
            self._cursor.execute(_FORGET, {"told": TOLD})

    def _mark(self, changed: set[tuple[int, int]]) -> None:
        """One mark of a day is enough, and to flush a table costs a tenth of a commit."""
        if len(self._marked) > MOST_MARKED:
            self.forget_marks()
        new = changed - self._marked
        self._changed_rows.append_rows([*new])
        self._marked |= new

    def _append(self, repo_id: int, encoded: EncodedBuild, stored: Sequence[StoredAttempt]) -> int:
        known = [each.attempt for each in stored]
        attempt = attempt_of(encoded.build, known)
        if attempt is None:
            return 0
        skip = ran_before(encoded.build, attempt, known) if known else ()
        self._seen.add(encoded.key[2])
        self._build_rows.add([(repo_id, attempt, *encoded.row)])
        for job in encoded.jobs:
            if job.id not in skip:
                self._last_key += 1
                self._job_rows.add([(repo_id, attempt, self._last_key, *job.row)])
                self._step_rows.add([(repo_id, self._last_key, *step) for step in job.steps])
        return attempt
