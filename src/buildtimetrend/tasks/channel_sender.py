"""Tells people of findings by one channel: at once, together, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import cast

import structlog

from buildtimetrend.alerts.base import BadMessage, Channel, Section
from buildtimetrend.alerts.message import Message, digest
from buildtimetrend.alerts.of_finding import ToldEvent, message
from buildtimetrend.alerts.rules import Rules
from buildtimetrend.findings.document.shared_part import Shows, everything, shown
from buildtimetrend.providers.code_host import compare_address
from buildtimetrend.settings.project_rules import of_project
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads import OwnRules
from buildtimetrend.store.statements import notifications as outbox
from buildtimetrend.store.statements.notifications import Notification
from buildtimetrend.tasks.sender import FIRST_WAIT, TAKEN, Delivery, Sender, Taken

log = structlog.get_logger(__name__)

# More than these at a time are one message: people stop reading.
MOST_SINGLE = 10
SILENT = ("muted", "wont_fix")  # states of an alert that nobody is to be told of


class ChannelSender(Sender[Notification]):
    """`base` is the address of this service in links, or empty; `shows` says which repos are named."""

    def __init__(
        self,
        section: Section,
        channel: Channel,
        store: Store,
        base: str,
        first_wait: float = FIRST_WAIT,
        *,
        shows: Shows = everything,
    ) -> None:
        super().__init__(section, store, first_wait)
        self._channel = channel
        self._base = base
        self._shows = shows
        self._own: Mapping[str, OwnRules] = {}

    def take(self, now: datetime, until: datetime) -> list[Notification]:
        return outbox.take(self.store, self.section.name, now, until, TAKEN)

    def deliveries(self, taken: Taken[Notification], now: datetime) -> Iterator[Delivery[Notification]]:
        of_all = taken.left
        self._own = reads.rules_of_channel(self.store, self.section.name) if of_all else {}
        over = [each for each in of_all if self._is_over(each, of_all)]
        self.write(outbox.sent(over, now))
        taken.done(over)
        rest = taken.left
        if not self._channel.digests:
            yield from (self._delivery([each]) for each in rest)
            return
        for due, several in _by(rest, lambda each: self._rules(each).due(each.at, now)):
            if due > now:
                self.write(outbox.postponed(several, due))
                taken.done(several)
            else:
                yield from self._due(several)

    def close(self) -> None:
        self._channel.close()

    def _is_over(self, one: Notification, taken: Sequence[Notification]) -> bool:
        """What went back, was put aside, or is no longer to be heard of before it was told is never told. A
        channel that holds states needs the last one alone.
        """
        if (one.event != "fixed" and one.state in SILENT) or not self._chosen(one):
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

    def _due(self, several: Sequence[Notification]) -> Iterator[Delivery[Notification]]:
        """At once, or those of each digest together."""
        in_digests = [each for each in several if self._rules(each).digest != "never"]
        for _, together in _by(in_digests, lambda each: self._rules(each).due(each.at, each.at)):
            yield self._delivery(together)
        at_once = [each for each in several if self._rules(each).digest == "never"]
        if len(at_once) > MOST_SINGLE:
            yield self._delivery(at_once)
        else:
            yield from (self._delivery([each]) for each in at_once)

    def _rules(self, one: Notification) -> Rules:
        """Of its project."""
        return of_project(self.section, one.repo, self._own.get(one.repo, {})).rules

    def _chosen(self, one: Notification) -> bool:
        return self._rules(one).choose(one.repo, one.document["pipeline"])

    def _delivery(self, of: Sequence[Notification]) -> Delivery[Notification]:
        return Delivery(of, partial(self._send, of))

    def _send(self, of: Sequence[Notification]) -> None:
        messages = [self._message(each) for each in of]
        told = messages[0] if len(messages) == 1 else digest(messages, self._base or None)
        try:
            self._channel.send(told, self.now())
        except BadMessage as error:
            self._refused(of, told, error)
            return
        self.worked()
        now = self.now()
        if self._channel.repeats and told.event != "fixed":
            self.write(outbox.told_again(of, now + timedelta(seconds=self._channel.repeats)))
        else:
            self.write(outbox.sent(of, now))

    def _refused(self, of: Sequence[Notification], told: Message, error: BadMessage) -> None:
        """It may be one of several."""
        if len(of) > 1:
            for each in of:
                self._send([each])
            return
        log.error("alerts.message_refused", channel=self.section.name, id=told.id, reason=error.message)
        self.write(outbox.refused(of, self.now(), error.message))

    def _message(self, one: Notification) -> Message:
        return message(
            shown(one.document, self._shows),
            id=one.finding,
            number=one.number,
            event=cast(ToldEvent, one.event),
            at=one.at,
            repo=one.repo,
            base=self._base,
            compare_url=compare_address(one.repo, one.document["last_before"], one.document["last"]),
            why=one.why,
        )


def _by(
    several: Sequence[Notification], key: Callable[[Notification], datetime]
) -> list[tuple[datetime, list[Notification]]]:
    """Those of one key together, in the order of the keys."""
    return [(value, list(group)) for value, group in groupby(sorted(several, key=key), key)]
