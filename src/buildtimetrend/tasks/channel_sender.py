"""Sends what is due to one channel, from an outbox in the store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import cast

import structlog

from buildtimetrend.alerts.base import BadMessage, Channel, Section
from buildtimetrend.alerts.fingerprint import fingerprint
from buildtimetrend.alerts.message import Message, digest
from buildtimetrend.alerts.of_finding import ToldEvent, message
from buildtimetrend.backoff import Backoff, jittered
from buildtimetrend.errors import Error, FetchError, PermanentError, StoreError
from buildtimetrend.store.base import Statement, Store
from buildtimetrend.store.statements import notifications as outbox
from buildtimetrend.store.statements.notifications import Notification

log = structlog.get_logger(__name__)

# Notifications that are taken at a time, and how long they are this sender's: then they are anybody's.
TAKEN = 50
TAKEN_FOR = timedelta(minutes=10)
LONGEST_SEND = timedelta(minutes=2)
# More than these at a time are one message: people stop reading.
MOST_SINGLE = 10
# Seconds after a failure: doubled with each further one, up to the longest.
FIRST_WAIT, LONGEST_WAIT = 5.0, 3600.0
SILENT = ("muted", "wont_fix")  # states of an alert that nobody is to be told of


@dataclass(frozen=True, slots=True)
class _Outgoing:
    """One message, and the notifications that it is of."""

    message: Message
    of: tuple[Notification, ...]


class ChannelSender:
    """Of one thread. `base` is the address of this service in links, or empty."""

    def __init__(
        self, section: Section, channel: Channel, store: Store, base: str, first_wait: float = FIRST_WAIT
    ) -> None:
        self._section = section
        self._name = section.name
        self._channel = channel
        self._store = store
        self._base = base
        self._backoff = Backoff(first_wait, LONGEST_WAIT)
        self._not_before = datetime.min.replace(tzinfo=UTC)

    def begin(self) -> None:
        """Settings that changed switch the channel on again."""
        self._write([outbox.switched_on_if_changed(self._name, fingerprint(self._section))])

    def send_some(self) -> bool:
        """Send what is due; whether there was anything. What the channel does not take stays in the outbox.

        Raises `StoreError`.
        """
        now = self._now()
        if now < self._not_before:
            return False
        until = now + TAKEN_FOR
        taken = outbox.take(self._store, self._name, now, until, TAKEN)
        left = {(each.finding, each.number): each for each in taken}
        try:
            for outgoing in self._outgoing(taken, now, left):
                if self._now() + LONGEST_SEND > until:
                    break
                self._send(outgoing)
                _remove(left, outgoing.of)
        except PermanentError as error:
            self._switch_off(error)
        except FetchError as error:
            self._failed(left.values(), error)
            left.clear()
        finally:
            self._give_back(left.values(), now)
        return bool(taken)

    def close(self) -> None:
        self._channel.close()

    def _outgoing(
        self, taken: Sequence[Notification], now: datetime, left: dict[tuple[str, int], Notification]
    ) -> Iterator[_Outgoing]:
        """The messages to send now. What is not to be sent, or not yet, is settled here."""
        over = [each for each in taken if self._is_over(each, taken)]
        self._write(outbox.sent(over, now))
        _remove(left, over)
        rest = [each for each in taken if each not in over]
        if not self._channel.digests:
            yield from (self._single(each) for each in rest)
            return
        for due, several in _by(rest, lambda each: self._section.rules.due(each.at, now)):
            if due > now:
                self._write(outbox.postponed(several, due))
                _remove(left, several)
            else:
                yield from self._due(several)

    def _is_over(self, one: Notification, taken: Sequence[Notification]) -> bool:
        """What went back, or was put aside, before it was told is never told. A channel that holds states
        needs the last one alone.
        """
        if one.event != "fixed" and one.state in SILENT:
            return True
        if self._channel.repeats:
            return one.number < one.newest
        of_it = [each for each in taken if each.finding == one.finding]
        return (
            len(of_it) > 1
            and of_it[0].event != "fixed"
            and of_it[-1].event == "fixed"
            and not any(each.tries for each in of_it)
        )

    def _due(self, several: Sequence[Notification]) -> Iterator[_Outgoing]:
        """At once, or those of each digest together."""
        rules = self._section.rules
        if rules.digest != "never":
            for _, together in _by(several, lambda each: rules.due(each.at, each.at)):
                yield self._together(together)
        elif len(several) > MOST_SINGLE:
            yield self._together(several)
        else:
            yield from (self._single(each) for each in several)

    def _single(self, one: Notification) -> _Outgoing:
        return _Outgoing(self._message(one), (one,))

    def _together(self, several: Sequence[Notification]) -> _Outgoing:
        if len(several) == 1:
            return self._single(several[0])
        return _Outgoing(
            digest([self._message(each) for each in several], self._base or None), tuple(several)
        )

    def _message(self, one: Notification) -> Message:
        return message(
            one.document,
            id=one.finding,
            number=one.number,
            event=cast(ToldEvent, one.event),
            at=one.at,
            repo=one.repo,
            base=self._base,
        )

    def _send(self, outgoing: _Outgoing) -> None:
        try:
            self._channel.send(outgoing.message, self._now())
        except BadMessage as error:
            self._refused(outgoing, error)
            return
        if failures := self._backoff.recovered():
            log.warning("alerts.sending_again", channel=self._name, after_failures=failures)
        now = self._now()
        if self._channel.repeats and outgoing.message.event != "fixed":
            again = now + timedelta(seconds=self._channel.repeats)
            self._write(outbox.told_again(outgoing.of, again))
        else:
            self._write(outbox.sent(outgoing.of, now))

    def _refused(self, outgoing: _Outgoing, error: BadMessage) -> None:
        """It may be one of several."""
        if len(outgoing.of) > 1:
            for each in outgoing.of:
                self._send(self._single(each))
            return
        log.error("alerts.message_refused", channel=self._name, id=outgoing.message.id, reason=error.message)
        self._write(outbox.refused(outgoing.of, self._now(), error.message))

    def _failed(self, left: Iterable[Notification], error: Error) -> None:
        wait = self._backoff.failed(error)
        self._not_before = self._now() + timedelta(seconds=jittered(wait))
        log.warning("alerts.not_sent", channel=self._name, reason=error.message, next_try_in=round(wait))
        self._write(outbox.failed(left, self._not_before, error.message))

    def _switch_off(self, error: PermanentError) -> None:
        log.error("alerts.channel_off", channel=self._name, reason=error.message)
        self._write([outbox.switched_off(self._name, self._now(), error.message, fingerprint(self._section))])

    def _give_back(self, left: Iterable[Notification], due: datetime) -> None:
        """What was not sent is anybody's again, now rather than when the time it was taken for is over."""
        with suppress(StoreError):
            self._write(outbox.postponed(left, due))

    def _write(self, statements: Sequence[Statement]) -> None:
        if statements:
            self._store.execute(statements).result()

    def _now(self) -> datetime:
        return self._store.clock.now()


def _by(
    several: Sequence[Notification], key: Callable[[Notification], datetime]
) -> list[tuple[datetime, list[Notification]]]:
    """Those of one key together, in the order of the keys."""
    return [(value, list(group)) for value, group in groupby(sorted(several, key=key), key)]


def _remove(left: dict[tuple[str, int], Notification], done: Iterable[Notification]) -> None:
    for each in done:
        left.pop((each.finding, each.number), None)
