"""What is still to be sent to whom, and which channels are off: statements that every engine runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import orjson

from buildtimetrend.store.base import Statement, Store, rows
from buildtimetrend.store.reads.names import named
from buildtimetrend.store.statements.taking import in_order, taken

PULL_REQUEST = "pull-request"  # in place of a finding, before its repo, pipeline and number
REPORT = "report"
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)  # events of pull requests are numbered by seconds since
Some = TypeVar("Some", bound="Claimed")

_OPEN = """
    n.channel = $channel AND n.sent_at IS NULL AND n.refused_at IS NULL AND n.due_at <= $now
    AND (n.claimed_until IS NULL OR n.claimed_until <= $now)
"""
_DUE_NOW = f"""
    {_OPEN} AND NOT EXISTS (
        SELECT 1 FROM channel_state s WHERE s.channel = n.channel AND s.off_since IS NOT NULL
    )
"""  # noqa: S608 - fixed text only
# An alert that was told of again as open has a later row; its last one alone says how it is.
_DUE = f"""
    SELECT n.finding, n.number, n.channel, n.tries, n.reason, e.event, e."at", e.why, r.slug AS repo,
        f.document, a.state, (SELECT max(m.number) FROM notification m
         WHERE m.finding = n.finding AND m.channel = n.channel) AS newest
    FROM notification n
    JOIN alert_event e ON e.finding = n.finding AND e.number = n.number
    JOIN alert a ON a.finding = n.finding
    JOIN finding f ON f.id = n.finding
    JOIN repo r ON r.id = n.repo_id
    WHERE {_DUE_NOW}
    ORDER BY e."at", n.finding, n.number LIMIT $limit
"""  # noqa: S608 - fixed text only
_DUE_PULL_REQUESTS = f"""
    SELECT n.finding, n.number, n.channel, n.tries, n.reason, n.repo_id, r.slug AS repo
    FROM notification n JOIN repo r ON r.id = n.repo_id
    WHERE {_DUE_NOW} AND n.finding LIKE 'pull-request:%'
    ORDER BY n.number, n.finding LIMIT $limit
"""  # noqa: S608 - fixed text only
_DUE_REPORTS = f"""
    SELECT n.finding, n.number, n.channel, n.tries, n.reason FROM notification n
    WHERE {_DUE_NOW} AND n.finding = 'report'
"""  # noqa: S608 - fixed text only
_BUILT = """
    INSERT INTO notification (finding, number, channel, repo_id, due_at, tries)
    VALUES ($finding, $number, $channel, $repo_id, $now, 0) ON CONFLICT (finding, number, channel) DO NOTHING
"""
_CLAIM = f"""
    UPDATE notification AS n SET claimed_until = $until
    WHERE n.finding = $finding AND n.number = $number AND {_OPEN}
"""  # noqa: S608 - fixed text only
_FREE_ALL = "UPDATE notification SET claimed_until = NULL WHERE claimed_until IS NOT NULL"
_CHANGE = """
    UPDATE notification
    SET due_at = $due_at, tries = $tries, reason = $reason, sent_at = $sent_at, refused_at = $refused_at,
        claimed_until = NULL
    WHERE finding = $finding AND number = $number AND channel = $channel
"""
_OFF = """
    INSERT INTO channel_state (channel, off_since, reason, settings)
    VALUES ($channel, $now, $reason, $settings)
    ON CONFLICT (channel) DO UPDATE SET off_since = $now, reason = $reason, settings = $settings
"""
_ON = "DELETE FROM channel_state WHERE channel = $channel"
_CHANGED = "DELETE FROM channel_state WHERE channel = $channel AND settings <> $settings"
_STATES = """
    SELECT n.channel, count(*) AS waiting, max(n.reason) AS reason
    FROM notification n WHERE n.sent_at IS NULL AND n.refused_at IS NULL AND n.channel IN ({names})
    GROUP BY n.channel
"""
_STATES_OFF = "SELECT channel, off_since, reason FROM channel_state WHERE channel IN ({names})"
_OLD = """
    DELETE FROM notification
    WHERE (sent_at IS NOT NULL AND sent_at < $before) OR (refused_at IS NOT NULL AND refused_at < $before)
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """Something to be sent that is the caller's for now. `finding` is its id, also of another thing."""

    finding: str
    number: int
    channel: str
    tries: int
    reason: str | None  # why the last try failed

    @property
    def key(self) -> dict[str, Any]:
        return {"finding": self.finding, "number": self.number, "channel": self.channel}


@dataclass(frozen=True, slots=True)
class Notification(Claimed):
    """One event of a finding for one channel. `document` is what is kept of the finding; `state` is that of
    its alert now, `newest` the number of the last event that this channel is told of.
    """

    event: str
    at: datetime
    why: str | None
    repo: str
    document: Mapping[str, Any]
    state: str
    newest: int


@dataclass(frozen=True, slots=True)
class PullRequest(Claimed):
    """A pull request of which a build passed."""

    repo_id: int
    repo: str

    @property
    def pipeline(self) -> int:
        return int(self.finding.split(":", 3)[2])

    @property
    def pull_request(self) -> str:
        """Its number."""
        return self.finding.split(":", 3)[3]


@dataclass(frozen=True, slots=True)
class ChannelState:
    """`reason` is why it is off or, while it is not, why the last try failed."""

    waiting: int = 0
    reason: str | None = None
    off_since: datetime | None = None


def take(store: Store, channel: str, now: datetime, until: datetime, limit: int) -> list[Notification]:
    """What is due, the oldest first: the caller's until then, since of all who ask one alone gets each.
    Nothing while the channel is off.
    """
    found = rows(store.select(_DUE, {"channel": channel, "now": now, "limit": limit}))
    due = [Notification(**row | {"document": orjson.loads(row["document"])}) for row in found]
    return _claimed(store, due, now, until)


def take_pull_requests(
    store: Store, channel: str, now: datetime, until: datetime, limit: int
) -> list[PullRequest]:
    """The same of pull requests."""
    found = rows(store.select(_DUE_PULL_REQUESTS, {"channel": channel, "now": now, "limit": limit}))
    return _claimed(store, [PullRequest(**row) for row in found], now, until)


def take_reports(store: Store, channel: str, now: datetime, until: datetime) -> list[Claimed]:
    """The same of reports of weeks."""
    found = rows(store.select(_DUE_REPORTS, {"channel": channel, "now": now}))
    return _claimed(store, [Claimed(**row) for row in found], now, until)


def week_ended(at: datetime, channel: str) -> Statement:
    """Its report is to be sent; nothing changes where that is noted already."""
    number = int((at - _EPOCH).total_seconds())
    return _BUILT, {"finding": REPORT, "number": number, "channel": channel, "repo_id": 0, "now": at}


def week_of(report: Claimed) -> datetime:
    """When it ended."""
    return _EPOCH + timedelta(seconds=report.number)


def _claimed(store: Store, found: Sequence[Some], now: datetime, until: datetime) -> list[Some]:
    return taken(store, found, _key, lambda each: (_CLAIM, {**each.key, "now": now, "until": until}))


def free() -> Statement:
    """Ends all claims: of a store that this process alone can have, those of one that was killed."""
    return _FREE_ALL, {}


def pull_request_built(row: Mapping[str, Any], channel: str, now: datetime) -> Statement:
    """Of a row of `built_pull_requests`; nothing changes where that build is noted already."""
    return _BUILT, {
        "finding": f"{PULL_REQUEST}:{row['repo_id']}:{row['pipeline']}:{row['pull_request']}",
        "number": int((row["passed_at"] - _EPOCH).total_seconds()),
        "channel": channel,
        "repo_id": row["repo_id"],
        "now": now,
    }


def sent(notifications: Iterable[Claimed], now: datetime) -> list[Statement]:
    return [_changed(each, due_at=now, reason=None, sent_at=now) for each in _in_order(notifications)]


def refused(notifications: Iterable[Claimed], now: datetime, reason: str) -> list[Statement]:
    """Given up: these, as they are, are not taken."""
    return [_changed(each, due_at=now, reason=reason, refused_at=now) for each in _in_order(notifications)]


def postponed(notifications: Iterable[Claimed], due: datetime) -> list[Statement]:
    return [_changed(each, due_at=due) for each in _in_order(notifications)]


def told_again(notifications: Iterable[Claimed], due: datetime) -> list[Statement]:
    """Sent, and to be sent again then: the channel forgets what it does not hear of."""
    return [_changed(each, due_at=due, tries=0, reason=None) for each in _in_order(notifications)]


def failed(notifications: Iterable[Claimed], due: datetime, reason: str) -> list[Statement]:
    return [
        _changed(each, due_at=due, tries=each.tries + 1, reason=reason) for each in _in_order(notifications)
    ]


def _changed(one: Claimed, **changed: object) -> Statement:
    same = {"tries": one.tries, "reason": one.reason, "sent_at": None, "refused_at": None}
    return _CHANGE, {**one.key, **same, **changed}


def switched_off(channel: str, now: datetime, reason: str, settings: str) -> Statement:
    """`settings` is a fingerprint of the channel's."""
    return _OFF, {"channel": channel, "now": now, "reason": reason, "settings": settings}


def switched_on(channel: str) -> Statement:
    return _ON, {"channel": channel}


def switched_on_if_changed(channel: str, settings: str) -> Statement:
    return _CHANGED, {"channel": channel, "settings": settings}


def without_old(before: datetime) -> Statement:
    """Drops what was sent, or given up, before then."""
    return _OLD, {"before": before}


def states(store: Store, channels: Sequence[str]) -> dict[str, ChannelState]:
    """Of each of these channels."""
    names, given = named("channel", channels)
    waiting = {row["channel"]: row for row in rows(store.select(_STATES.replace("{names}", names), given))}
    off = {row["channel"]: row for row in rows(store.select(_STATES_OFF.replace("{names}", names), given))}
    return {
        channel: ChannelState(
            waiting=waiting.get(channel, {}).get("waiting", 0),
            reason=(off.get(channel) or waiting.get(channel) or {}).get("reason"),
            off_since=off.get(channel, {}).get("off_since"),
        )
        for channel in channels
    }


def _in_order(notifications: Iterable[Some]) -> list[Some]:
    return in_order(notifications, _key)


def _key(one: Claimed) -> tuple[str, int]:
    return one.finding, one.number
