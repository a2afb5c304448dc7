"""Looks at pipelines whose builds changed, and stores what was found and what people are told of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from buildtimetrend.budgets.budget import Budget
from buildtimetrend.errors import Error, StoreError
from buildtimetrend.findings.document.shared_part import Shows, everything
from buildtimetrend.findings.kept.rows import ChannelsFor
from buildtimetrend.findings.watch import Watch, watch
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads import looked_up_once
from buildtimetrend.store.statements import analyses
from buildtimetrend.store.statements.analyses import Claimed
from buildtimetrend.tasks.bursts import MANY, Bursts

log = structlog.get_logger(__name__)

INTERVAL = 2.0  # seconds from one look for changed pipelines to the next
LEASE = timedelta(minutes=10)  # that long a process may look at one; then it is dead, and another does
AT_ONCE = 50  # pipelines
MOST_DUE = 1000
# A pipeline is left alone for so many times as long as the last look took: so much of a processor does a busy
# one get at most.
SHARE, SHARE_OF_WHOLE = 10.0, 20.0
LONGEST = timedelta(minutes=10)
AFTER_MANY = timedelta(minutes=1)  # at most, where builds landed by the dozen: their last ones come soon
AFTER_FAILURE = timedelta(minutes=5)
# Of the time that a piece of work took, so much is left to others before the next; more while the process has
# requests to answer.
REST, REST_BESIDE = 0.1, 2.0


def rest_after(worked: float, *, asked: bool) -> float:
    """Seconds to leave the processor to others after so many of work; `asked`: requests came meanwhile."""
    return worked * (REST_BESIDE if asked else REST)


def nobody(_: str, __: Mapping[str, Any]) -> Sequence[str]:
    """Who is told where there are no channels."""
    return ()


class Analyses:
    """Runs `once` every two seconds on a thread of its own. Several processes may do so on one store."""

    def __init__(
        self,
        store: Store,
        told: ChannelsFor = nobody,
        budgets: Sequence[Budget] = (),
        shows: Shows = everything,
    ) -> None:
        self._store = store
        self._shows = shows
        self._budgets = budgets
        self._told = told
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="analyses", daemon=True)
        self._worked = 0.0
        self._requests: Callable[[], int] = lambda: 0
        self._answered = 0

    def make_way_for(self, requests: Callable[[], int]) -> None:
        """Rest more while requests come: `requests` says how many the process has had."""
        self._requests = requests

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join(timeout=60)

    def once(self, bursts: Bursts | None = None) -> int:
        """How many pipelines were looked at; with `bursts` those that builds land in by the dozen wait."""
        looked = 0
        for due in analyses.due(self._store, self._store.clock.now(), MOST_DUE):
            if self._stopped.is_set() or looked == AT_ONCE:
                break
            if bursts and not bursts.is_over((due.repo_id, due.pipeline), due.saves):
                continue
            now = self._store.clock.now()
            claimed = analyses.claim(self._store, due.repo_id, due.pipeline, now, now + LEASE)
            if claimed:
                self._look(claimed, now, LONGEST if due.saves <= MANY else AFTER_MANY)
                looked += 1
        return looked

    def _look(self, claimed: Claimed, now: datetime, longest: timedelta) -> None:
        begun = self._worked = time.monotonic()

        def due_at(whole: bool) -> datetime:
            took = (time.monotonic() - begun) * (SHARE_OF_WHOLE if whole else SHARE)
            return self._store.clock.now() + min(longest, timedelta(seconds=took))

        try:
            by = Watch(self._store, self._told, due_at, self._pause, self._budgets, self._shows)
            with looked_up_once():
                found = watch(by, claimed, now)
            if found is None:
                self._give_back(claimed, LONGEST)
            else:
                self._store.execute(found.statements).result()
        except _Stopped:
            self._give_back(claimed, timedelta(0))
        except StoreError as error:  # it is another's by now, or the store is away: all is looked at again
            log.warning("analyses.not_stored", pipeline=claimed.pipeline, reason=error.message)
            self._give_back(claimed, AFTER_FAILURE)
        except Exception:
            log.exception("analyses.bug", repo_id=claimed.repo_id, pipeline=claimed.pipeline)
            self._give_back(claimed, AFTER_FAILURE)

    def _give_back(self, claimed: Claimed, after: timedelta) -> None:
        self._store.execute([analyses.give_back(claimed, self._store.clock.now() + after)]).result()

    def _free(self) -> None:
        """What a process was at that was killed need not wait until its time is over."""
        try:
            self._store.execute([analyses.free()]).result()
        except Error as error:
            log.warning("analyses.not_freed", reason=error.message)

    def _pause(self) -> None:
        """Let others have the processor."""
        if self._stopped.is_set():
            raise _Stopped
        answered = self._requests()
        time.sleep(rest_after(time.monotonic() - self._worked, asked=answered != self._answered))
        self._worked, self._answered = time.monotonic(), answered

    def _loop(self) -> None:
        if not self._store.shared:
            self._free()
        wait, away, bursts = INTERVAL, False, Bursts()
        while not self._stopped.wait(wait):
            wait = INTERVAL
            try:
                if self.once(bursts) == AT_ONCE:
                    wait = 0.0
                away = False
            except Error as error:
                if not away:  # once, not every other second for as long as the store is away
                    log.warning("analyses.failed", reason=error.message)
                away = True
            except Exception:
                log.exception("analyses.bug")


class _Stopped(Exception):
    """The process stops: what was begun is done anew."""
