"""Connections that notice a server that says nothing, though its sockets stay open.

A NAT or proxy may swallow what it is given: that the kernel acknowledges it says no more than that it has
arrived there, so no time-out of TCP ends the wait. But a statement may also take long. So who waits asks the
server on another connection what the first one does: while it works, it is waited for; when it waits for us,
something was lost on the way; and when this gets no answer either, the way to the server is cut.
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import psycopg
from psycopg.abc import PQGen

T = TypeVar("T")
Plain: TypeAlias = psycopg.Connection[tuple[object, ...]]

# Seconds of silence until the server is asked for the first time; twice as long until each later time.
FIRST = 2.0
# Seconds that connecting for that may take, and each answer.
PATIENCE = 4.0
# Seconds that an answer may still be under way when the server has given it.
UNDER_WAY = 0.5
# Seconds of silence that are borne where the server cannot tell: behind a pooler, and while Citus, whose
# machines are waited for as clients are, works at something.
UNTOLD = 60.0
# Seconds in which a client says nothing within a transaction until what it holds is free for others.
GONE = 6.0
# Seconds that a statement may take, whatever the server says.
LONGEST = 900.0

_SELF = "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"
_DOES = """
    SELECT state = 'active', coalesce(wait_event_type = 'Client', false),
           EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus')
    FROM pg_stat_activity WHERE pid = %s AND backend_start = %s
"""
# What keeps us waiting for a lock, and is one of ours that says no more within its transaction: its process,
# or the way to it, is gone. Within a pipeline the server itself takes it for busy, for ever.
_FREE = """
    SELECT pg_terminate_backend(other.pid)
    FROM pg_stat_activity AS own JOIN pg_stat_activity AS other ON other.pid = ANY (pg_blocking_pids(own.pid))
    WHERE own.pid = %s AND other.application_name = own.application_name AND other.usename = own.usename
      AND other.wait_event_type = 'Client'
      AND clock_timestamp() - greatest(other.query_start, other.state_change) > make_interval(secs => %s)
"""
_END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = %s AND backend_start = %s"

# A server that lives, and takes no more connections.
FULL = ("too many clients", "too many connections", "connection slots")


class Silent(psycopg.OperationalError):
    """No answer; `cut` where the server could not be asked why."""

    def __init__(self, cut: bool) -> None:
        super().__init__("the server does not answer" if cut else "an answer of the server was lost")
        self.cut = cut


@dataclass(frozen=True, slots=True)
class Backend:
    """A process of the server. A pid is given again, but not with the same beginning."""

    pid: object
    since: object


class Connection(psycopg.Connection[tuple[object, ...]]):
    """Each wait for the server ends: one that is silent for no reason is closed, and raises `Silent`."""

    longest = LONGEST
    ask: Callable[[], Plain] | None = None  # a connection on which the server is asked
    backend: Backend | None = None  # None where the server does not show it

    def introduce(self, ask: Callable[[], Plain]) -> None:
        """Learn which process of the server this is, by whose name it is asked for later."""
        self.ask = ask
        found = self.execute(_SELF).fetchone()
        self.backend = Backend(*found) if found else None
        if not self.autocommit:
            self.rollback()

    def wait(self, gen: PQGen[T], *args: Any, **given: Any) -> T:
        return super().wait(self._watched(gen), *args, **given)

    def _watched(self, gen: PQGen[T]) -> PQGen[T]:
        began = heard = time.monotonic()
        pause = FIRST

        def waited(ready: bool) -> None:
            nonlocal heard, pause
            now = time.monotonic()
            if ready:
                heard, pause = now, FIRST
            elif now - heard > pause:
                self._look_after(now - heard)
                pause *= 2
            if now - began > self.longest:
                self._give_up(cut=False)

        return _each_wait(gen, waited)

    def _look_after(self, silent: float) -> None:
        """Return if the server works at what it was asked, or has answered by now."""
        if self.ask is None:
            return
        try:
            with self.ask() as other:
                if self._is_awaited(other, silent) or _is_readable(self.pgconn.socket):
                    return
                if self.backend is not None:
                    end(other, self.backend)
        except psycopg.OperationalError as error:
            if any(sign in str(error) for sign in FULL) and silent < UNTOLD:
                return
            self._give_up(cut=True)
        self._give_up(cut=False)

    def _is_awaited(self, other: Plain, silent: float) -> bool:
        """Whether the server has something to do for this connection."""
        if self.backend is None:
            return silent < UNTOLD
        found = other.execute(_DOES, [self.backend.pid, self.backend.since]).fetchone()
        if found is None:
            return False
        active, waits_for_client, is_cluster = found
        if active and not waits_for_client:
            other.execute(_FREE, [self.backend.pid, GONE])
        return bool(active) and (not waits_for_client or (bool(is_cluster) and silent < UNTOLD))

    def _give_up(self, *, cut: bool) -> None:
        self.close()
        raise Silent(cut)


class Probe(psycopg.Connection[tuple[object, ...]]):
    """For short questions."""

    def wait(self, gen: PQGen[T], *args: Any, **given: Any) -> T:
        return super().wait(self._bounded(gen), *args, **given)

    def _bounded(self, gen: PQGen[T]) -> PQGen[T]:
        until = time.monotonic() + PATIENCE

        def waited(ready: bool) -> None:
            if not ready and time.monotonic() > until:
                self.close()
                raise Silent(cut=True)

        return _each_wait(gen, waited)


def _each_wait(gen: PQGen[T], waited: Callable[[bool], None]) -> PQGen[T]:
    """As `gen`. After each wait `waited` is told whether there was something, and may end it all."""
    ready: Any = None
    while True:
        try:
            wanted = next(gen) if ready is None else gen.send(ready)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        ready = yield wanted
        waited(bool(ready))


def end(other: Plain, backend: Backend) -> None:
    """What it holds, as locks of a transaction that nobody ends any more, is free again."""
    other.execute(_END, [backend.pid, backend.since])


def _is_readable(fileno: int) -> bool:
    poll = select.poll()
    poll.register(fileno, select.POLLIN)
    return bool(poll.poll(UNDER_WAY * 1000))
