"""Sums up the steps of past days, and drops those that are older than `settings.store_keep_steps_days`."""

from __future__ import annotations

import threading

import structlog

from buildtimetrend.errors import Error
from buildtimetrend.settings import Settings
from buildtimetrend.store.base import Store
from buildtimetrend.store.statements.summaries import summarise

log = structlog.get_logger(__name__)

# Seconds. Until a changed day is summed up its rows are read, so that nothing is lacking meanwhile.
INTERVAL = 60.0


class Summaries:
    """Runs `once` every minute on a thread of its own. Several processes may do so on one store."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._store = store
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="summaries", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join(timeout=60)

    def once(self) -> int:
        """How many days were summed up."""
        now = self._store.clock.now()
        return summarise(self._store, now, self._settings.store_keep_steps_days, self._stopped.is_set)

    def _loop(self) -> None:
        while not self._stopped.wait(INTERVAL):
            try:
                days = self.once()
            except Error as error:
                log.warning("summaries.failed", reason=error.message)
            except Exception:
                log.exception("summaries.bug")
            else:
                if days:
                    log.info("summaries.done", days=days)
