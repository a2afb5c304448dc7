"""Tells this process of builds that any process has stored."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

from buildtimetrend.errors import Error
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store
from buildtimetrend.store.listeners import Listeners

log = structlog.get_logger(__name__)

# Seconds between two looks: so old may an answer be that is kept in memory.
EVERY = 1.0
# The shortest time between them, while builds land in a row.
GAP = 0.02
# Seconds in which a save whose number was given ends in one way or the other.
LONGEST = 300.0
# Numbers below the last one whose saves may not have ended when this process begins.
BEHIND = 100
MOST = 5000  # builds in one look
MOST_MISSING = 1000


class SavesPoller:
    """A thread that calls back with the repo of each build that was saved since it began.

    Saves get their numbers in another order than they end in: a number that was skipped is looked for until
    it is found, or for so long that its save was rolled back.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._listeners = Listeners()
        self._last: int | None = None  # the highest number that was found
        self._missing: dict[int, float] = {}  # when each was skipped
        self._woken = threading.Event()
        self._away = False
        self._stopped = False
        self._thread = threading.Thread(target=self._loop, name="watch", daemon=True)

    def start(self) -> None:
        self._look_safely()
        self._thread.start()

    def stop(self) -> None:
        self._stopped = True
        self._woken.set()
        if self._thread.ident is not None:
            self._thread.join(timeout=10)

    def wake(self) -> None:
        """Look at once. Never waits."""
        self._woken.set()

    def add(self, callback: Callable[[str], None]) -> None:
        self._listeners.add(callback)

    def _loop(self) -> None:
        while not self._stopped:
            self._woken.wait(EVERY)
            self._woken.clear()
            if not self._stopped:
                self._look_safely()
                time.sleep(GAP)

    def _look_safely(self) -> None:
        try:
            self._look()
            self._away = False
        except Error as error:
            if not self._away:  # once, not each second for as long as the store is away
                log.warning("watch.away", reason=error.message)
            self._away = True
        except Exception:
            log.exception("watch.bug")

    def _look(self) -> None:
        if self._last is None:
            # What was saved before is no news, but what is missing of it may come to be.
            self._found(max(0, reads.last_number(self._store) - BEHIND))
            return
        for repo in self._found(self._last):
            self._listeners.tell(repo)

    def _found(self, last: int) -> list[str]:
        """Repos of the builds that were not found before."""
        found = reads.saved_builds(self._store, last, [*self._missing], MOST)
        now = time.monotonic()
        for number, _ in found:
            if number > last:
                skipped = range(max(last + 1, number - MOST_MISSING), number)
                self._missing.update(dict.fromkeys(skipped, now))
                last = number
            else:
                self._missing.pop(number, None)
        late = [number for number, since in self._missing.items() if since < now - LONGEST]
        for number in late or [*self._missing][:-MOST_MISSING]:
            del self._missing[number]
        self._last = last
        return [repo for _, repo in found]
