"""One connection that writes, and what it remembers."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime
from typing import cast

import psycopg
import structlog

from buildtimetrend.store.clock import Clock
from buildtimetrend.store.postgres import citus
from buildtimetrend.store.postgres.builds import Builds, Outdated
from buildtimetrend.store.postgres.connection import Way, is_in_the_way, is_lost, translated
from buildtimetrend.store.postgres.silence import GONE, Backend, end
from buildtimetrend.store.postgres.work import Work
from buildtimetrend.store.writing.write_set import WriteSet, apply

log = structlog.get_logger(__name__)

# A transaction of ours waits for nothing but the server. A client that says no more within one is gone, and
# the others, who wait for what it holds, would give up after `lock_timeout`.
SETTINGS = {"idle_in_transaction_session_timeout": f"{GONE:.0f}s"}
# What is copied from another store may keep us waiting.
_APPENDS = "SET LOCAL idle_in_transaction_session_timeout = '60s'"
TRIES = 10  # of a transaction that gets into the way of others
WAIT = 0.02  # seconds before the second; twice as long before each later one


class Session:
    """For one thread alone."""

    def __init__(self, way: Way) -> None:
        self._connection = way.connect(SETTINGS)
        self.backend = self._connection.backend
        try:
            with translated():
                self._builds = Builds(self._connection)
                self._work = Work(self._connection)
                self._is_cluster = citus.is_installed(self._connection)
                if self._is_cluster:
                    citus.pass_on_settings(self._connection)
                self._connection.commit()
        except BaseException:
            self._connection.close()
            raise
        self.sent_commit = False  # whether what was last tried may be stored though it failed

    @property
    def lost(self) -> bool:
        return is_lost(self._connection)

    def end(self, left: Sequence[Backend]) -> None:
        """End what earlier sessions, that were lost, have left at the server."""
        with translated():
            for backend in left:
                end(self._connection, backend)
            self._connection.commit()

    def tell_time(self, clock: Clock) -> None:
        """Ask the server what time it is."""
        self.sent_commit = False
        with translated():
            asked = time.monotonic()
            [(now,)] = self._connection.execute("SELECT clock_timestamp()").fetchall()
            clock.heard(cast("datetime", now), asked)
            self._connection.rollback()

    def commit(self, changes: Sequence[WriteSet]) -> list[object]:
        """Store all the changes, which share no key, or none; one value for each."""
        with translated():
            for tried in itertools.count(1):
                try:
                    return self._commit(changes)
                except Outdated:
                    pass
                except psycopg.Error as error:
                    if tried == TRIES or not self._may_work_now(error):
                        raise
                    log.info("store.tried_again", reason=str(error), tried=tried)
                    time.sleep(random.uniform(0.5, 1) * WAIT * 2**tried)  # noqa: S311
        raise AssertionError

    def _may_work_now(self, error: psycopg.Error) -> bool:
        """Whether the same may work at once; what is in doubt and stands in its way is ended first."""
        if is_in_the_way(error):
            return True
        if not self._is_cluster:
            return False
        return citus.was_in_doubt(error) or (
            citus.is_in_doubt(error) and citus.end_prepared(self._connection)
        )

    def close(self) -> None:
        self._connection.close()

    def _commit(self, changes: Sequence[WriteSet]) -> list[object]:
        self.sent_commit = False
        # Whether the server is gone since the last commit the system knows: asked before anything is sent.
        self._connection.pgconn.consume_input()
        appends = any(change.append for change in changes)
        try:
            # COPY is not to be had within a pipeline.
            with nullcontext() if appends else self._connection.pipeline():
                if self._is_cluster:
                    citus.bound_waits(self._connection)
                if appends:
                    self._connection.execute(_APPENDS)
                if all(change.repeatable for change in changes):
                    # Not worth the wait for the disk: what a crash of the server forgets is done again.
                    self._connection.execute("SET LOCAL synchronous_commit TO off")
                values = apply(changes, self._builds, self._work)
                self.sent_commit = True
                self._connection.commit()
        except BaseException:
            self._roll_back()
            raise
        if appends:
            self._builds.look_anew()
            self._connection.rollback()
        return values

    def _roll_back(self) -> None:
        if not self.lost:
            self._connection.rollback()
            self._builds.reload()
            self._connection.rollback()
