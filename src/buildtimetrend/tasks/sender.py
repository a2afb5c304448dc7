"""Sends what is due by one channel, from an outbox in the store: what all channels have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

import structlog

from buildtimetrend.alerts.base import Section
from buildtimetrend.alerts.fingerprint import fingerprint
from buildtimetrend.backoff import Backoff, jittered
from buildtimetrend.errors import Error, FetchError, PermanentError, StoreError
from buildtimetrend.store.base import Statement, Store
from buildtimetrend.store.statements import notifications as outbox
from buildtimetrend.store.statements.notifications import Claimed

log = structlog.get_logger(__name__)

# Notifications that are taken at a time, and how long they are this sender's: then they are anybody's.
TAKEN = 50
TAKEN_FOR = timedelta(minutes=10)
LONGEST_SEND = timedelta(minutes=2)
# Seconds after a failure: doubled with each further one, up to the longest.
FIRST_WAIT, LONGEST_WAIT = 5.0, 3600.0

Some = TypeVar("Some", bound=Claimed)


@dataclass(frozen=True, slots=True)
class Delivery(Generic[Some]):
    """One exchange with the other side, and what it is of."""

    of: Sequence[Some]
    send: Callable[[], None]


class Taken(Generic[Some]):
    """What of that which was taken is still to be dealt with."""

    def __init__(self, taken: Iterable[Some]) -> None:
        self._left = {(each.finding, each.number): each for each in taken}

    @property
    def left(self) -> list[Some]:
        return list(self._left.values())

    def done(self, of: Iterable[Some]) -> None:
        for each in of:
            self._left.pop((each.finding, each.number), None)


class Sender(ABC, Generic[Some]):
    """Of one thread."""

    def __init__(self, section: Section, store: Store, first_wait: float = FIRST_WAIT) -> None:
        self.section = section
        self.store = store
        self._backoff = Backoff(first_wait, LONGEST_WAIT)
        self._not_before = datetime.min.replace(tzinfo=UTC)

    def begin(self) -> None:
        """Settings that changed switch the channel on again."""
        self.write([outbox.switched_on_if_changed(self.section.name, fingerprint(self.section))])

    def send_some(self) -> bool:
        """Send what is due; whether there was anything. What the channel does not take stays in the outbox.

        Raises `StoreError`.
        """
        now = self.now()
        if now < self._not_before:
            return False
        until = now + TAKEN_FOR
        found = self.take(now, until)
        taken = Taken(found)
        try:
            for delivery in self.deliveries(taken, now):
                if self.now() + LONGEST_SEND > until:
                    break
                delivery.send()
                taken.done(delivery.of)
        except PermanentError as error:
            self._switch_off(error)
        except FetchError as error:
            self._failed(taken.left, error)
            taken.done(taken.left)
        finally:
            self._give_back(taken.left, now)
        return bool(found)

    @abstractmethod
    def take(self, now: datetime, until: datetime) -> list[Some]: ...

    @abstractmethod
    def deliveries(self, taken: Taken[Some], now: datetime) -> Iterator[Delivery[Some]]:
        """What to send now. What is not to be sent, or not yet, is settled here."""

    @abstractmethod
    def close(self) -> None: ...

    def worked(self) -> None:
        """The other side took something."""
        if failures := self._backoff.recovered():
            log.warning("alerts.sending_again", channel=self.section.name, after_failures=failures)

    def write(self, statements: Sequence[Statement]) -> None:
        if statements:
            self.store.execute(statements).result()

    def now(self) -> datetime:
        return self.store.clock.now()

    def _failed(self, left: Sequence[Some], error: Error) -> None:
        wait = self._backoff.failed(error)
        self._not_before = self.now() + timedelta(seconds=jittered(wait))
        log.warning(
            "alerts.not_sent", channel=self.section.name, reason=error.message, next_try_in=round(wait)
        )
        self.write(outbox.failed(left, self._not_before, error.message))

    def _switch_off(self, error: PermanentError) -> None:
        name = self.section.name
        log.error("alerts.channel_off", channel=name, reason=error.message)
        self.write([outbox.switched_off(name, self.now(), error.message, fingerprint(self.section))])

    def _give_back(self, left: Sequence[Some], due: datetime) -> None:
        """What was not sent is anybody's again, now rather than when the time it was taken for is over."""
        with suppress(StoreError):
            self.write(outbox.postponed(left, due))
