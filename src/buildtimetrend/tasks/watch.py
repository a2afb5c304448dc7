"""Tells this process of builds that any process has stored."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta

import structlog

from buildtimetrend.errors import Error
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store
from buildtimetrend.tasks.queue import utc_now

log = structlog.get_logger(__name__)

# Seconds between two looks: so old may an answer be that is kept in memory.
EVERY = 1.0
# The clocks of two machines may differ by so much.
SKEW = timedelta(seconds=10)
# In one look. A repo of more builds than these is told of once at least all the same.
MOST = 5000


class Watch:
    """A thread that calls back with the repo of each task that was done since it began."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._callbacks: list[Callable[[str], None]] = []
        self._known: OrderedDict[str, None] = OrderedDict()  # ids of tasks that were told of
        self._since = utc_now()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join(timeout=10)

    def add(self, callback: Callable[[str], None]) -> None:
        self._callbacks.append(callback)

    def _loop(self) -> None:
        away = False
        while not self._stopped.wait(EVERY):
            try:
                self._look()
                away = False
            except Error as error:
                if not away:  # once, not each second for as long as the store is away
                    log.warning("watch.away", reason=error.message)
                away = True
            except Exception:
                log.exception("watch.bug")

    def _look(self) -> None:
        now = utc_now()
        found = reads.ended(self._store, self._since - SKEW, MOST)
        for task_id, repo in zip(found["id"], found["repo"], strict=True):
            if str(task_id) not in self._known:
                self._known[str(task_id)] = None
                self.tell(str(repo))
        self._since = now  # only after a look that went well
        while len(self._known) > 4 * MOST:
            self._known.popitem(last=False)

    def tell(self, repo: str) -> None:
        for callback in self._callbacks:
            try:
                callback(repo)
            except Exception:
                log.exception("task.callback_bug", repo=repo)
