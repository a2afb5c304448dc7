"""A Celery worker: takes ids of tasks from the broker and collects their builds."""

from __future__ import annotations

import logging
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import structlog
from celery import signals
from celery.exceptions import CPendingDeprecationWarning, SecurityWarning
from celery.worker import state
from kombu.asynchronous import set_event_loop

from buildtimetrend.providers.base import Provider
from buildtimetrend.settings import Settings
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store
from buildtimetrend.tasks import shutdown
from buildtimetrend.tasks.broker.bulk_limit import BulkLimit
from buildtimetrend.tasks.broker.messages import COLLECT, COLLECT_IN_TURN
from buildtimetrend.tasks.broker.publisher import QUEUE, Broker, celery_app
from buildtimetrend.tasks.dispatcher import Dispatcher, DispatchTimes
from buildtimetrend.tasks.heartbeat import Heartbeat, HeartbeatTimes
from buildtimetrend.tasks.queue import AHEAD
from buildtimetrend.tasks.retries import Retries
from buildtimetrend.tasks.runner import Runner
from buildtimetrend.tasks.tries import Tries

log = structlog.get_logger(__name__)

# Seconds until Celery's worker is started again after a fault, twice as long after each further one.
SHORTEST = 0.5
LONGEST = 30.0


class WorkersBroker(Broker):
    """The worker's own `Publisher`: it asks for as many imports as all workers have threads to spare."""

    def __init__(self, app: Any, store: Store, heartbeat: Heartbeat) -> None:
        super().__init__(app)
        self._store = store
        self._heartbeat = heartbeat
        self.handled: Callable[[datetime | None], None] = lambda _: None

    def start(self, handled: Callable[[datetime | None], None]) -> None:
        self.handled = handled

    def room(self, now: datetime, sent_before: datetime) -> int:
        return AHEAD * self._heartbeat.bulk() - reads.bulk_under_way(self._store, now, sent_before)


class Worker:
    """`run` on the main thread lasts until SIGTERM or SIGINT, and lets the builds that run finish, for a
    while: then they go back as they were.

    Threads, not processes: a build waits for its CI and for the disk most of the time, and builds that are
    collected together share commits.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        providers: Mapping[str, Provider],
        retries: Retries,
        *,
        heartbeat_times: HeartbeatTimes | None = None,
        dispatch_times: DispatchTimes | None = None,
    ) -> None:
        self._threads = settings.workers
        self._heartbeat = Heartbeat(store, settings.workers, heartbeat_times or HeartbeatTimes())
        self._runner = Runner(store, Tries(settings, store, providers, retries), self._heartbeat)
        self._app = celery_app(settings.task_queue_broker_url)
        self._broker = WorkersBroker(self._app, store, self._heartbeat)
        self._dispatcher = Dispatcher(store, self._broker, dispatch_times)
        self._bulk_limit = BulkLimit(max(1, settings.workers - 1))
        self._app.task(self._collect, name=COLLECT)
        self._app.task(self._collect_in_turn, name=COLLECT_IN_TURN)

    def run(self) -> int:
        """The exit code."""
        # It names an option of Celery's own command; messages are JSON, which root may read, too.
        warnings.filterwarnings("ignore", category=SecurityWarning)
        signals.setup_logging.connect(_leave_logging_alone)
        signals.worker_shutting_down.connect(self._shutting_down)
        self._heartbeat.start()
        self._dispatcher.start()
        # When the broker goes away Celery would warn of a default that is set here.
        warnings.filterwarnings("ignore", category=CPendingDeprecationWarning)
        log.info("worker.started", name=self._heartbeat.name, threads=self._threads)
        try:
            return self._take_messages()
        finally:
            log.info("worker.stopping")
            self._bulk_limit.close()
            self._runner.stop()
            self._dispatcher.stop()
            self._heartbeat.stop()
            signals.worker_shutting_down.disconnect(self._shutting_down)
            signals.setup_logging.disconnect(_leave_logging_alone)

    def _shutting_down(self, **_: object) -> None:
        """Celery waits for its threads: none of them may wait for a store that is away, or long for a CI."""
        self._runner.stop()
        giving_up = threading.Timer(shutdown.PATIENCE, self._runner.give_up)
        giving_up.daemon = True
        giving_up.start()

    def _take_messages(self) -> int:
        """The exit code. Whatever ends Celery's worker, short of a signal, another is started."""
        pause = SHORTEST
        while True:
            started = time.monotonic()
            worker = self._celery_worker()
            worker.start()
            if not worker.exitcode or _is_to_stop():
                return int(worker.exitcode or 0)
            if time.monotonic() - started > LONGEST:
                pause = SHORTEST
            log.error("worker.failed", again_in=pause)
            if _stopped_within(pause):
                return 0
            pause = min(2 * pause, LONGEST)

    def _celery_worker(self) -> Any:
        set_event_loop(None)  # an earlier one's has its timer
        return self._app.Worker(
            pool="threads",
            concurrency=self._threads,
            hostname=f"buildtimetrend@{self._heartbeat.name}",
            queues=[QUEUE],
            without_gossip=True,
            without_mingle=True,
            quiet=True,
            loglevel=logging.getLogger().getEffectiveLevel(),
        )

    def _collect_in_turn(self, task_id: str) -> None:
        self._bulk_limit.run(task_id, self._collect)

    def _collect(self, task_id: str) -> None:
        again_at = self._runner.run(task_id)
        self._dispatcher.wake()
        if again_at is not None:
            self._dispatcher.wake(again_at)


def _stopped_within(seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until and not _is_to_stop():
        time.sleep(0.1)
    return _is_to_stop()


def _is_to_stop() -> bool:
    """Whether there was a signal: Celery's handlers stay when its worker has ended."""
    return state.should_stop is not None or state.should_terminate is not None


def _leave_logging_alone(**_: object) -> None:
    """That somebody listens keeps Celery from setting up its own."""
