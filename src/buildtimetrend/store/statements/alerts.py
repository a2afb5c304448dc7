"""The life of alerts, and what is to be sent of it: statements that every engine runs.

An alert is changed by its next event, whose number whoever changes it has reckoned from what was read: of two
that do so at the same time the second finds it taken, and nothing of its transaction is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from buildtimetrend.model import Value
from buildtimetrend.store.base import Statement

_OPEN = """
    INSERT INTO alert (finding, repo_id, state, events, opened_at, changed_at)
    VALUES ($finding, $repo_id, $state, 1, $at, $at)
"""
_EVENT = """
    INSERT INTO alert_event (finding, number, repo_id, event, "at", "by", why)
    VALUES ($finding, $number, $repo_id, $event, $at, $by, $why)
"""
_CHANGE = """
    UPDATE alert SET state = $state, events = $number, changed_at = $at WHERE finding = $finding
"""
_NOTIFY = """
    INSERT INTO notification (finding, number, channel, repo_id, due_at, tries)
    VALUES ($finding, $number, $channel, $repo_id, $at, 0)
"""


@dataclass(frozen=True, slots=True)
class Event:
    """In the life of an alert, which has its finding's id. `state` is what the event leads to; it came by
    itself unless `by` says who did it. `channels` are names of those that are to send it.
    """

    finding: str
    repo_id: int
    number: int  # from 1, one more than the last
    event: str
    state: str
    at: datetime
    by: str | None = None
    why: str | None = None
    channels: Sequence[str] = ()


def told(event: Event) -> list[Statement]:
    """Stores an event; the first one makes the alert. Fails where its number is taken by now."""
    of: dict[str, Value] = {"finding": event.finding, "number": event.number, "repo_id": event.repo_id}
    changed: dict[str, Value] = {"finding": event.finding, "state": event.state, "at": event.at}
    alert = (
        (_OPEN, changed | {"repo_id": event.repo_id})
        if event.number == 1
        else (_CHANGE, changed | {"number": event.number})
    )
    happened = (_EVENT, of | {"event": event.event, "at": event.at, "by": event.by, "why": event.why})
    notified = [(_NOTIFY, of | {"at": event.at, "channel": channel}) for channel in event.channels]
    return [happened, alert, *notified]
