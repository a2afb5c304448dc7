"""Runs tasks that any process may run: whoever has the claim of one works at it."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from buildtimetrend.errors import Error, StoreUnavailable
from buildtimetrend.model import Task, TaskState
from buildtimetrend.store import reads
from buildtimetrend.store.base import Statement, Store
from buildtimetrend.store.statements import claims
from buildtimetrend.tasks.heartbeat import Heartbeat
from buildtimetrend.tasks.tries import Outcome, Tries

log = structlog.get_logger(__name__)

# Seconds between two questions to a store that does not answer.
AWAY = 1.0
# A build that as many processes in a row did not survive is left alone: it would end one after the other.
ENDS = 5


class Runner:
    def __init__(self, store: Store, tries: Tries, heartbeat: Heartbeat) -> None:
        self._store = store
        self._tries = tries
        self._heartbeat = heartbeat
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Claim nothing more, and wait no longer for a store that is away; what runs may end."""
        self._stopped.set()

    def give_up(self) -> None:
        """What runs goes back as it was."""
        self._tries.give_up()

    def run(self, task_id: str) -> datetime | None:
        """Claim a task, collect its build, store what became of it; when it is due again, if it is.

        One that is not to be had is somebody else's business. Whatever the store misses because it, or this
        process, goes away, is done again once the claim has run out.
        """
        try:
            if self._stopped.is_set():
                self._store.execute([claims.not_sent(task_id)]).result()
                return None
            task = self._claimed(task_id)
            if task is None:
                return None
            with self._heartbeat.holding(task_id):
                outcome = self._tries.run(task, patience=0).result()
                return None if outcome.stored else self._put_back(outcome)
        except Error as error:
            log.warning("task.not_stored", task=task_id, reason=error.message)
        except Exception:
            log.exception("task.bug", task=task_id)
        return None

    def _claimed(self, task_id: str) -> Task | None:
        while True:
            now = self._store.clock.now()
            try:
                until = now + self._heartbeat.lease
                if not self._store.claim(task_id, self._heartbeat.name, now, until).result():
                    return None
                task = reads.task(self._store, task_id)
                return None if task and self._is_given_up(task) else task
            except StoreUnavailable as error:
                log.warning("task.store_away", task=task_id, reason=error.message)
                if self._stopped.wait(AWAY):
                    raise

    def _is_given_up(self, task: Task) -> bool:
        if task.silent_ends < ENDS:
            return False
        reason = f"Given up: the process that collected it ended, or hung, {task.silent_ends} times."
        failed = replace(task, state=TaskState.FAILED, reason=reason, finished_at=self._store.clock.now())
        self._store.execute([claims.put_back(failed, self._heartbeat.name)]).result()
        log.error("task.given_up", build=str(task.ref), reason=reason)
        return True

    def _put_back(self, outcome: Outcome) -> datetime | None:
        task = outcome.task
        if outcome.given_up:
            statements = [claims.give_back(task, self._heartbeat.name)]
            if outcome.pause:
                statements.append(self._postponed(outcome, outcome.pause))
            self._store.execute(statements).result()
            return None
        statements = [claims.put_back(task, self._heartbeat.name)]
        if outcome.whole_import and task.import_id and task.reason:
            statements.append(claims.fail_rest(task.import_id, task.reason, self._store.clock.now()))
        if outcome.pause:
            statements.append(self._postponed(outcome, outcome.pause))
        changed = self._store.execute(statements).result()
        if outcome.new and task.import_id and not changed[0]:
            # Canceled while it was listed, when what it named was not there yet.
            self._store.execute(claims.cancel(task.import_id, self._store.clock.now())).result()
        return task.due_at if task.state is TaskState.WAITING else None

    def _postponed(self, outcome: Outcome, pause: timedelta) -> Statement:
        until = self._store.clock.now() + pause
        return claims.postpone(outcome.task.ref.instance, until, only_bulk=outcome.only_bulk)
