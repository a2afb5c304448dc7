"""Which builds are still to be sent on, and which of their jobs were: statements that every engine runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from buildtimetrend.store.base import Statement, Store, rows
from buildtimetrend.store.reads.names import named
from buildtimetrend.store.statements.taking import in_order, taken

_DUE = """
    SELECT id, provider, instance, build_id, repo, saved_at FROM keen_outbox
    WHERE due_at IS NULL OR due_at <= $now
    ORDER BY saved_at, id LIMIT $limit
"""
_CLAIM = "UPDATE keen_outbox SET due_at = $until WHERE id = $id AND (due_at IS NULL OR due_at <= $now)"
_GIVE_BACK = "UPDATE keen_outbox SET due_at = NULL WHERE id = $id"
# A build that was saved meanwhile stays.
_DONE = "DELETE FROM keen_outbox WHERE id = $id AND saved_at = $saved_at"
_SENT = "INSERT INTO keen_sent (event_id, sent_at) VALUES ($event_id, $now) ON CONFLICT DO NOTHING"
_OLDEST = """
    DELETE FROM keen_outbox WHERE saved_at < (SELECT saved_at FROM keen_outbox ORDER BY saved_at DESC
                                              LIMIT 1 OFFSET $kept)
"""


@dataclass(frozen=True, slots=True)
class UnsentBuild:
    """A build in the outbox."""

    id: str
    provider: str
    instance: str
    build_id: str
    repo: str
    saved_at: datetime


def take(store: Store, now: datetime, until: datetime, limit: int) -> list[UnsentBuild]:
    """Builds to send, the oldest first: the caller's until then, since of all who ask one alone gets each."""
    found = [UnsentBuild(**row) for row in rows(store.select(_DUE, {"now": now, "limit": limit}))]
    return taken(store, found, _key, lambda each: (_CLAIM, {"id": each.id, "now": now, "until": until}))


def _key(entry: UnsentBuild) -> tuple[str]:
    return (entry.id,)


def waiting(store: Store) -> int:
    """How many builds are still to be sent."""
    return int(str(store.select("SELECT count(*) AS builds FROM keen_outbox")["builds"][0]))


def sent(store: Store, event_ids: Sequence[str]) -> set[str]:
    """Those of the ids that Keen.io has."""
    if not event_ids:
        return set()
    names, ids = named("id", event_ids)
    known = store.select(_KNOWN.replace("{ids}", names), ids)
    return {str(id_) for id_ in known["event_id"]}


def done(entries: Iterable[UnsentBuild]) -> list[Statement]:
    """Takes builds out, unless they were saved again since: those are due at once."""
    ordered = in_order(entries, _key)
    out: list[Statement] = [(_DONE, {"id": entry.id, "saved_at": entry.saved_at}) for entry in ordered]
    return out + give_back(ordered)


def give_back(entries: Iterable[UnsentBuild]) -> list[Statement]:
    return [(_GIVE_BACK, {"id": entry.id}) for entry in in_order(entries, _key)]


def free() -> Statement:
    """Ends all claims: of a store that this process alone can have, those of one that was killed."""
    return "UPDATE keen_outbox SET due_at = NULL WHERE due_at IS NOT NULL", {}


def mark_sent(event_id: str, now: datetime) -> Statement:
    return _SENT, {"event_id": event_id, "now": now}


def drop_oldest(kept: int) -> Statement:
    """Leaves about the `kept` latest builds."""
    return _OLDEST, {"kept": kept - 1}


_KNOWN = "SELECT event_id FROM keen_sent WHERE event_id IN ({ids})"
