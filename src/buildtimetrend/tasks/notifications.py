"""Tells people what changed: a thread that sends what is due to the channels of the settings."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import structlog

from buildtimetrend.alerts.base import Section
from buildtimetrend.alerts.channels import open_channel
from buildtimetrend.alerts.pull_requests import PullRequestChannel
from buildtimetrend.errors import Error
from buildtimetrend.settings import Settings
from buildtimetrend.store.base import Store
from buildtimetrend.store.statements import notifications as outbox
from buildtimetrend.tasks.channel_sender import ChannelSender
from buildtimetrend.tasks.pull_requests import PullRequestSender
from buildtimetrend.tasks.reports import ReportSender
from buildtimetrend.tasks.sender import FIRST_WAIT, Sender

log = structlog.get_logger(__name__)

IDLE = 5.0  # seconds between two looks at an empty outbox
AFTER_A_BUG = 300.0
KEPT = timedelta(days=30)  # what was sent, or given up
DAY = timedelta(days=1)


def _senders(section: Section, settings: Settings, store: Store, first_wait: float) -> Iterator[Sender[Any]]:
    channel = open_channel(section)
    if isinstance(channel, PullRequestChannel):
        yield PullRequestSender(section, channel, store, settings, first_wait)
        return
    yield ChannelSender(section, channel, store, settings.public_url, first_wait, shows=settings.allows)
    if section.rules.report == "weekly" and channel.digests:
        yield ReportSender(section, open_channel(section), store, settings, first_wait)


class Notifications:
    """Sends from `start` to `stop`; of several services one alone sends each notification. What is left is
    sent when a service starts again.
    """

    def __init__(
        self, settings: Settings, store: Store, *, idle: float = IDLE, first_wait: float = FIRST_WAIT
    ) -> None:
        self._store = store
        self._idle = idle
        self._senders = [
            sender for section in settings.alerts for sender in _senders(section, settings, store, first_wait)
        ]
        self._begun = False
        self._pruned_at: datetime | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="notifications", daemon=True)

    def start(self) -> None:
        if self._senders:
            self._thread.start()

    def stop(self, timeout: float | None = None) -> None:
        """Lets a message that is being sent come to its end, for so many seconds."""
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        for sender in self._senders:
            sender.close()

    def once(self) -> bool:
        """Look at each channel once; whether there was anything to do. Raises `StoreError`."""
        if not self._begun:
            if not self._store.shared:  # what a process that was killed had taken need not wait
                self._store.execute([outbox.free()]).result()
            for sender in self._senders:
                sender.begin()
            self._begun = True
        self._prune()
        return any([sender.send_some() for sender in self._senders])  # noqa: C419 - each is asked

    def _prune(self) -> None:
        now = self._store.clock.now()
        if self._pruned_at is None or self._pruned_at + DAY <= now:
            self._store.execute([outbox.without_old(now - KEPT)]).result()
            self._pruned_at = now

    def _loop(self) -> None:
        wait = 0.0
        while not self._stopped.wait(wait):
            try:
                wait = 0.0 if self.once() else self._idle
            except Error as error:
                log.warning("alerts.outbox_failed", reason=error.message)
                wait = self._idle
            except Exception:
                # A bug must not end the thread: what it could not send is tried again, after a while.
                log.exception("alerts.bug")
                wait = AFTER_A_BUG
