"""Which processes live, and which of them does what only one may do: statements that every engine runs."""

from __future__ import annotations

from datetime import datetime, timedelta

from buildtimetrend.store.base import Statement

_BEAT = """
    INSERT INTO worker (name, threads, started_at, seen_at) VALUES ($name, $threads, $now, $now)
    ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at
"""
# An instant by a name, a lease that nobody takes: such as what a process's own clock shows while the store's
# shows `seen_at`.
_NOTE = """
    INSERT INTO lease (name, until) VALUES ($name, $until)
    ON CONFLICT (name) DO UPDATE SET until = excluded.until
"""
_FORGET_CLOCKS = "DELETE FROM lease WHERE name LIKE 'clock of %' AND (name = $name OR until < $before)"
_LEAVE = "DELETE FROM worker WHERE name = $name OR seen_at < $before"
_LEASE = "INSERT INTO lease (name, until) VALUES ($name, $now) ON CONFLICT (name) DO NOTHING"
_TAKE = "UPDATE lease SET until = $until WHERE name = $name AND until <= $now"
_TRY = "whether there is room"
# A process that was killed leaves its row behind for so long.
_FORGOTTEN = timedelta(hours=1)
_OF_CLOCKS = timedelta(days=30)  # they may be wrong


def beat(name: str, threads: int, now: datetime, shown: datetime) -> list[Statement]:
    """The process lives, and collects builds on so many threads; `shown` is by its own clock."""
    return [
        (_BEAT, {"name": name, "threads": threads, "now": now}),
        (_NOTE, {"name": _clock_of(name), "until": shown}),
    ]


def note(name: str, at: datetime) -> list[Statement]:
    """Keep an instant, which `reads.noted` finds."""
    return [(_NOTE, {"name": name, "until": at})]


def try_to_write(now: datetime) -> list[Statement]:
    """Rows of about the size of a notification, which nobody reads; `undo` drops them."""
    names = (f"{_TRY} {number} {'.' * 1000}" for number in range(20))
    return [(_NOTE, {"name": name, "until": now}) for name in names]


def undo() -> list[Statement]:
    return [("DELETE FROM lease WHERE name LIKE $names", {"names": f"{_TRY} %"})]


def leave(name: str, now: datetime) -> list[Statement]:
    return [
        (_LEAVE, {"name": name, "before": now - _FORGOTTEN}),
        (_FORGET_CLOCKS, {"name": _clock_of(name), "before": now - _OF_CLOCKS}),
    ]


def take(name: str, now: datetime, until: datetime) -> list[Statement]:
    """The last one changes a row for the one process that has `name` until then."""
    return [
        (_LEASE, {"name": name, "now": now}),
        (_TAKE, {"name": name, "now": now, "until": until}),
    ]


def _clock_of(name: str) -> str:
    return f"clock of {name}"
