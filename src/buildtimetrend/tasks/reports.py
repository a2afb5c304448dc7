"""Sends the report of the last week to the channels that want one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog

from buildtimetrend.alerts.base import BadMessage, Channel, Section
from buildtimetrend.alerts.report import report
from buildtimetrend.findings.document.shared_part import several_in, shown
from buildtimetrend.model import Query
from buildtimetrend.settings import Settings
from buildtimetrend.settings.project_rules import of_project
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads.weeks import weeks
from buildtimetrend.store.statements import notifications as outbox
from buildtimetrend.store.statements.notifications import Claimed
from buildtimetrend.tasks.sender import FIRST_WAIT, Delivery, Sender, Taken
from buildtimetrend.waste.spent import total

log = structlog.get_logger(__name__)

WEEK = timedelta(days=7)
WEEKS_BEFORE = 4


class ReportSender(Sender[Claimed]):
    def __init__(
        self,
        section: Section,
        channel: Channel,
        store: Store,
        settings: Settings,
        first_wait: float = FIRST_WAIT,
    ) -> None:
        super().__init__(section, store, first_wait)
        self._channel = channel
        self._settings = settings
        self._noted: datetime | None = None

    def take(self, now: datetime, until: datetime) -> list[Claimed]:
        ended = self.section.rules.week_ended(now)
        if self._noted != ended:
            self.write([outbox.week_ended(ended, self.section.name)])
            self._noted = ended
        return outbox.take_reports(self.store, self.section.name, now, until)

    def deliveries(self, taken: Taken[Claimed], now: datetime) -> Iterator[Delivery[Claimed]]:
        """Of the latest week alone: nobody reads older ones, when the other side is back."""
        weeks_ended = sorted(taken.left, key=lambda each: each.number)
        self.write(outbox.sent(weeks_ended[:-1], now))
        taken.done(weeks_ended[:-1])
        yield from (Delivery([latest], partial(self._send, latest)) for latest in weeks_ended[-1:])

    def close(self) -> None:
        self._channel.close()

    def _spent(self, repo: str, until: datetime) -> dict[str, Any]:
        prices = self._settings.prices
        rows = reads.spent(self.store, Query(repo, until - WEEK, until, "week"))
        return {"spent": total(rows, prices), "currency": prices.currency}

    def _send(self, one: Claimed) -> None:
        rules = self.section.rules
        own = reads.rules_of_channel(self.store, self.section.name)
        until = outbox.week_of(one)
        found = [
            week
            | self._spent(week["repo"], until)
            | {"several": several_in([shown(each, self._settings.allows) for each in week["slower"]])}
            for week in weeks(self.store, until - (1 + WEEKS_BEFORE) * WEEK, until - WEEK, until)
            if self._settings.allows(week["repo"])
            and of_project(self.section, week["repo"], own.get(week["repo"], {})).rules.choose(week["repo"])
        ]
        if found:
            told = report(
                found, channel=self.section.name, until=rules.local(until), base=self._settings.public_url
            )
            try:
                self._channel.send(told, self.now())
            except BadMessage as error:
                log.warning("alerts.report_refused", channel=self.section.name, reason=error.message)
                self.write(outbox.refused([one], self.now(), error.message))
                return
            self.worked()
        self.write(outbox.sent([one], self.now()))
