"""Keen.io as a sink: sends each stored build's events on, from an outbox in the store.

A build is noted in the outbox in the transaction that stores it. Each service has one thread that takes
builds out, sends them and remembers which jobs Keen.io has; of several services one alone takes each build.
Nothing waits for it: neither the fetching of builds nor the store.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog

from buildtimetrend.backoff import Backoff, jittered
from buildtimetrend.errors import Error, PermanentError, StoreError
from buildtimetrend.keen.exchange.batches import MOST_OF_EVENT, JobEvents, Request, job_events, requests
from buildtimetrend.keen.exchange.sender import BadBatch, KeenClient
from buildtimetrend.keen.shape import event_id
from buildtimetrend.settings import Settings
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store
from buildtimetrend.store.statements import keen_outbox
from buildtimetrend.store.statements.keen_outbox import UnsentBuild

log = structlog.get_logger(__name__)

# Seconds between two looks at an empty outbox.
IDLE = 2.0
# Seconds after a failure: doubled with each further one, up to the longest.
FIRST_WAIT = 1.0
LONGEST_WAIT = 300.0
# Builds that are taken at a time, and how long they are this sender's: whoever dies leaves them to another.
TAKEN = 50
TAKEN_FOR = timedelta(minutes=10)
# More builds than these are not kept for a Keen.io that is away: the oldest go. They stay stored, of course.
MOST_WAITING = 100_000
MOST_LOGGED = 10  # refused events of one request


@dataclass(slots=True)
class SinkFigures:
    """What `/metrics` and `/imports` show of the sink. Events are counted since the start."""

    waiting: int = 0  # builds, when last looked at
    sent: int = 0
    refused: int = 0  # by Keen.io, one by one
    dropped: int = 0  # builds, from a backlog that was too long
    error: str | None = None  # why nothing can be sent just now


@dataclass(slots=True)
class _Taken:
    """The builds that one look took, and what of them is still to be sent."""

    entries: Sequence[UnsentBuild]
    jobs: dict[str, UnsentBuild] = field(default_factory=dict)  # the build of each job, by the job's event id
    left: Counter[UnsentBuild] = field(default_factory=Counter)  # jobs, by build
    done: set[UnsentBuild] = field(default_factory=set)


class Sink:
    """Sends from `start` to `stop`. What is left by then is sent when a service starts again."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        *,
        idle: float = IDLE,
        first_wait: float = FIRST_WAIT,
        alone: bool = False,
    ) -> None:
        """`alone` says that no other process has the store: what a killed one had taken is free again."""
        self.figures = SinkFigures()
        self._store = store
        self._client = KeenClient(settings.keen_api_url, settings.keen_project_id, settings.keen_write_key)
        self._idle = idle
        self._are_free = not alone  # what others had taken
        self._backoff = Backoff(first_wait, LONGEST_WAIT)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="keen-sink", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float | None = None) -> None:
        """Lets a request that runs come to its end, for so many seconds."""
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        self._client.close()

    def _loop(self) -> None:
        wait = 0.0
        while not self._stopped.wait(wait):
            try:
                self._free()
                wait = 0.0 if self.send_some() else self._idle
                self._recovered()
            except Error as error:
                wait = self._failed(error)
            except Exception:
                # A bug must not end the thread: what it could not send is tried again, after a while.
                log.exception("keen.bug")
                wait = LONGEST_WAIT

    def _free(self) -> None:
        if not self._are_free:
            self._store.execute([keen_outbox.free()]).result()
            self._are_free = True

    def send_some(self) -> bool:
        """Send the oldest builds; whether there were any. On a `FetchError` or `StoreError` they stay."""
        self._bound()
        now = datetime.now(UTC)
        entries = keen_outbox.take(self._store, now, now + TAKEN_FOR, TAKEN)
        if not entries:
            return False
        taken = _Taken(entries)
        try:
            jobs = self._unsent_jobs(taken)
            self._settle(taken, [])
            for request in requests(jobs):
                self._send(taken, request)
        finally:
            self._give_back(taken)
        return True

    def _bound(self) -> None:
        waiting = keen_outbox.waiting(self._store)
        if waiting > MOST_WAITING:
            [dropped] = self._store.execute([keen_outbox.drop_oldest(MOST_WAITING)]).result()
            self.figures.dropped += dropped
            waiting -= dropped
            log.error("keen.backlog_too_long", dropped_builds=dropped, kept=waiting)
        self.figures.waiting = waiting

    def _unsent_jobs(self, taken: _Taken) -> list[JobEvents]:
        """The events of the jobs that ended and that Keen.io does not have."""
        found = []
        for entry in taken.entries:
            builds = reads.whole_builds(
                self._store, entry.repo, entry.provider, entry.instance, entry.build_id
            )
            ended = [(build, job) for build in builds for job in build.jobs if job.result is not None]
            known = keen_outbox.sent(self._store, [event_id(build, job) for build, job in ended])
            new = [job_events(build, job) for build, job in ended if event_id(build, job) not in known]
            if too_large := sum(job.too_large for job in new):
                self._refused(too_large, f"Keen.io takes {MOST_OF_EVENT} bytes of an event.")
            taken.left[entry] = len(new)
            taken.jobs.update({job.id: entry for job in new})
            found += new
        return found

    def _send(self, taken: _Taken, request: Request) -> None:
        try:
            self._post(request)
        except BadBatch as error:
            if not request.ends:  # of a job that takes several requests
                self._refused(len(request.items), error.message)
                return
            spoiled = self._sent_one_by_one(taken, request.ends)
            if len(spoiled) == len(request.ends) > 1:
                raise PermanentError(error.message) from None  # it is not the jobs
            self._give_up(taken, spoiled, error)
        else:
            self._settle(taken, request.ends)

    def _sent_one_by_one(self, taken: _Taken, jobs: Sequence[JobEvents]) -> list[JobEvents]:
        """Send each job alone, since one that Keen.io cannot read spoils all of a request; those that do."""
        if len(jobs) < 2:
            return list(jobs)
        spoiled = []
        for job in jobs:
            try:
                for request in requests([job]):
                    self._post(request)
            except BadBatch:
                spoiled.append(job)
            else:
                self._settle(taken, [job])
        return spoiled

    def _post(self, request: Request) -> None:
        refused = self._client.send(request)
        self.figures.sent += len(request.items) - len(refused)
        self.figures.refused += len(refused)
        for event in refused[:MOST_LOGGED]:
            log.warning(
                "keen.event_refused", collection=event.collection, error=event.name, reason=event.description
            )

    def _give_up(self, taken: _Taken, jobs: Sequence[JobEvents], error: BadBatch) -> None:
        """What is refused as it is will not be taken at another time either."""
        for job in jobs:
            self._refused(len(job.items), error.message)
        self._settle(taken, jobs)

    def _refused(self, events: int, reason: str) -> None:
        self.figures.refused += events
        log.error("keen.events_refused", events=events, reason=reason)

    def _settle(self, taken: _Taken, jobs: Sequence[JobEvents]) -> None:
        """Remember that these jobs are sent, and take out the builds that have no others left."""
        now = datetime.now(UTC)
        statements = [keen_outbox.mark_sent(job.id, now) for job in jobs]
        for job in jobs:
            taken.left[taken.jobs[job.id]] -= 1
        ended = [entry for entry in taken.entries if entry not in taken.done and taken.left[entry] == 0]
        statements += keen_outbox.done(ended)
        if statements:
            self._store.execute(statements).result()
        taken.done.update(ended)

    def _give_back(self, taken: _Taken) -> None:
        """What was not sent is anybody's again, now rather than when the time it was taken for is over."""
        back = keen_outbox.give_back(entry for entry in taken.entries if entry not in taken.done)
        if back:
            with suppress(StoreError):
                self._store.execute(back).result()

    def _failed(self, error: Error) -> float:
        """Seconds until the next try."""
        wait = self._backoff.failed(error)
        self.figures.error = error.message
        log.warning(
            "keen.not_sent", reason=error.message, next_try_in=round(wait), waiting=self.figures.waiting
        )
        return jittered(wait)

    def _recovered(self) -> None:
        if failures := self._backoff.recovered():
            log.warning("keen.sending_again", after_failures=failures)
        self.figures.error = None
