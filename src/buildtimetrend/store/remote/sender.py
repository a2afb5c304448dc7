"""One thread that sends what is written, in order, to the instance that keeps the store."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import structlog

from buildtimetrend.errors import StoreError, StoreUnavailable
from buildtimetrend.store.remote import wire
from buildtimetrend.store.remote.client import Failing, InstanceClient, WrongBody
from buildtimetrend.store.remote.outbox import Entry, Outbox

log = structlog.get_logger(__name__)

# Seconds between tries while the other side is away: the first, and the longest unless it asks for more.
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 15.0
# Failures in a row of what is sent together. From then on a server error may be one build's alone.
TOGETHER = 5
# Writes that fail one by one, none being taken, until it is the other side that fails.
ENOUGH = 20
# Tries of a build that fails while others are taken; there are LONGEST_PAUSE seconds between most.
MOST_TRIES = 20


@dataclass(eq=False, slots=True)
class Outgoing:
    """One write. It has a `body`, or an `entry` of the outbox that has it.

    It may wait until `due` for others to go with it. `tries` counts how often it failed while others were
    taken.
    """

    kind: str
    body: bytes | None = None
    entry: Entry | None = None
    due: float = 0.0
    future: Future[Any] = field(default_factory=Future)
    begun: bool = False
    tries: int = 0

    @property
    def size(self) -> int:
        return self.entry.size if self.entry else len(self.body or b"")


class Sender:
    """Futures are done when the other side has the write on disk, on the thread that sends.

    While the other side is away, writes of the outbox wait, and those without fail with `StoreUnavailable`.
    A build at which it fails again and again, taking others, is kept aside at last.
    """

    def __init__(self, client: InstanceClient, outbox: Outbox) -> None:
        self._client = client
        self._outbox = outbox
        self._waiting: deque[Outgoing] = deque(Outgoing("save", entry=entry) for entry in outbox.entries())
        self._changed = threading.Condition()
        self._closed = False
        self._failures = 0
        self._pause_until = 0.0
        self._reason: StoreError | None = None  # why it pauses
        self._thread = threading.Thread(target=self._run, name="store-sender", daemon=True)
        self._thread.start()

    def submit(self, outgoing: Outgoing) -> None:
        with self._changed:
            refused = self._refusal(outgoing)
            if refused is None:
                self._waiting.append(outgoing)
                self._changed.notify()
        if refused is not None:
            outgoing.future.set_exception(refused)

    def close(self) -> None:
        """Send what waits, as far as the other side takes it now; the rest stays in the outbox."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _refusal(self, outgoing: Outgoing) -> StoreError | None:
        if self._closed:
            return StoreError("The store is closed.")
        left = self._pause_until - time.monotonic()
        if outgoing.entry is not None or self._reason is None or left <= 0:
            return None
        # It may be the first build alone that fails: what comes behind is tried by itself.
        tried = isinstance(self._reason, Failing) and self._failures >= TOGETHER and left <= LONGEST_PAUSE
        return None if tried else self._reason

    def _run(self) -> None:
        while batch := self._next():
            try:
                if live := [outgoing for outgoing in batch if self._begin(outgoing)]:
                    self._send(live)
            except Exception as error:  # without this thread nothing would be sent any more
                log.exception("store.bug")
                left = [outgoing for outgoing in batch if not outgoing.future.done()]
                self._put_back(left, StoreUnavailable(f"An error while sending: {error}"))
            if self._closed and self._reason is not None:
                self._leave()
                return

    def _next(self) -> list[Outgoing]:
        """The oldest waiting writes, as many as one request takes; none when closed and drained."""
        with self._changed:
            while not self._closed and (left := self._seconds_left()) > 0:
                self._changed.wait(left if left < threading.TIMEOUT_MAX else None)
            batch: list[Outgoing] = []
            size = 0
            while self._waiting and len(batch) < wire.MOST_WRITES:
                size += self._waiting[0].size
                if batch and size > wire.MOST_BYTES:
                    break
                batch.append(self._waiting.popleft())
            return batch

    def _seconds_left(self) -> float:
        """Until the next request is to be sent."""
        now = time.monotonic()
        if self._pause_until > now:
            return self._pause_until - now
        if len(self._waiting) >= wire.MOST_WRITES:
            return 0.0
        return min((outgoing.due for outgoing in self._waiting), default=float("inf")) - now

    def _begin(self, outgoing: Outgoing) -> bool:
        """Whether it is still wanted."""
        if outgoing.begun or outgoing.future.set_running_or_notify_cancel():
            outgoing.begun = True
            return True
        if outgoing.entry:
            self._outbox.remove([outgoing.entry])
        return False

    def _send(self, batch: Sequence[Outgoing]) -> None:
        try:
            results = self._posted(batch)
        except WrongBody as error:
            if len(batch) > 1:
                self._one_by_one(batch)
            else:
                self._back()
                self._refuse(batch[0], error)
        except StoreError as error:
            if isinstance(error, Failing) and self._failures >= TOGETHER and len(batch) > 1:
                self._one_by_one(batch)
            else:
                self._put_back(batch, error)
        else:
            self._back()
            self._settle(batch, results)

    def _one_by_one(self, batch: Sequence[Outgoing]) -> None:
        """In order; past one that fails only when the same has failed for long, and may be all that does."""
        for_long = self._failures >= TOGETHER
        failed: list[tuple[Outgoing, StoreError]] = []
        taken = False
        left = deque(batch)
        while left:
            outgoing = left.popleft()
            try:
                results = self._posted([outgoing])
            except WrongBody as error:
                self._refuse(outgoing, error)
            except StoreError as error:
                failed.append((outgoing, error))
                may_be_its_own = isinstance(error, Failing) and for_long
                if not may_be_its_own or (not taken and len(failed) >= ENOUGH):
                    break
            else:
                taken = True
                self._settle([outgoing], results)
        if failed:
            kept = [outgoing for outgoing, error in failed if not (taken and self._given_up(outgoing, error))]
            self._put_back([*kept, *left], failed[-1][1])
        else:
            self._back()

    def _given_up(self, outgoing: Outgoing, error: StoreError) -> bool:
        """Whether a build, once more the one that failed while others were taken, is now kept aside."""
        outgoing.tries += isinstance(error, Failing)
        if outgoing.entry is None or outgoing.tries < MOST_TRIES:
            return False
        self._refuse(outgoing, error)
        return True

    def _posted(self, batch: Sequence[Outgoing]) -> list[Any | wire.Refusal]:
        """The results, one for each: what the answer does not say of each was not stored."""
        bodies = self._outbox.bodies([outgoing.entry.id for outgoing in batch if outgoing.entry])
        each = [bodies[outgoing.entry.id] if outgoing.entry else outgoing.body or b"" for outgoing in batch]
        answer = self._client.post("/writes", wire.writes(each))
        try:
            return wire.results(answer, [outgoing.kind for outgoing in batch])
        except wire.Untold:
            raise Failing(
                f"The answer of {self._client.url} does not say what became of each write."
            ) from None

    def _settle(self, batch: Sequence[Outgoing], results: Sequence[Any | wire.Refusal]) -> None:
        told = list(zip(batch, results, strict=True))
        stored = [outgoing for outgoing, result in told if not isinstance(result, wire.Refusal)]
        self._outbox.remove([outgoing.entry for outgoing in stored if outgoing.entry])
        for outgoing, result in told:
            if isinstance(result, wire.Refusal):
                self._refuse(outgoing, StoreError(result.message, detail=result.detail))
            else:
                outgoing.future.set_result(result)

    def _refuse(self, outgoing: Outgoing, error: StoreError) -> None:
        if outgoing.entry:
            try:
                self._outbox.refuse(outgoing.entry, error.message)
            except StoreUnavailable as full:
                # It stays in the outbox, and is sent again at the next start.
                log.warning("store.not_kept_aside", reason=full.message)
            log.error("store.refused", kept_in=str(self._outbox.folder), reason=error.message)
        outgoing.future.set_exception(error)

    def _put_back(self, batch: Sequence[Outgoing], error: StoreError) -> None:
        """Wait before the next try. What has no place on disk does not wait."""
        self._failures += 1
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self._failures, 32))
        pause = random.uniform(longest / 2, longest)  # noqa: S311 - jitter only spreads load
        with self._changed:
            self._waiting.extendleft(outgoing for outgoing in reversed(batch) if outgoing.entry)
            waiting = sum(outgoing.entry is not None for outgoing in self._waiting)
            self._pause_until = time.monotonic() + (pause if error.retry_after is None else error.retry_after)
            self._reason = error
            refused = [outgoing for outgoing in (*batch, *self._waiting) if not outgoing.entry]
            self._waiting = deque(outgoing for outgoing in self._waiting if outgoing.entry)
        if self._failures == 1:
            log.warning("store.away", store=self._client.url, reason=error.message, waiting=waiting)
        for outgoing in refused:
            if outgoing.begun or outgoing.future.set_running_or_notify_cancel():
                outgoing.future.set_exception(error)

    def _back(self) -> None:
        if self._failures:
            log.warning("store.back", store=self._client.url)
        self._failures, self._reason, self._pause_until = 0, None, 0.0

    def _leave(self) -> None:
        """The store is closed, and the other side away: what waits is sent at the next start."""
        left = [outgoing for outgoing in self._waiting if outgoing.begun or not outgoing.future.done()]
        if left:
            log.warning("store.left_in_outbox", builds=len(left), folder=str(self._outbox.folder))
        for outgoing in left:
            if outgoing.begun or outgoing.future.set_running_or_notify_cancel():
                outgoing.future.set_exception(
                    StoreUnavailable(f"{self._reason and self._reason.message} It waits in the outbox.")
                )
