"""How many connections there may be: in all, and of one client."""

from __future__ import annotations

import time
from collections import Counter
from typing import Protocol

import structlog

from buildtimetrend.web.http.clients import Proxies, believed, client_at

log = structlog.get_logger(__name__)

CONNECTIONS = 1000
PER_CLIENT = 100
SAID_EVERY = 60.0  # seconds between two lines of the log that say the same


class Connection(Protocol):
    def make_room(self) -> None:
        """Answer 503 as far as that is possible, and close."""
        ...


class Admission:
    """Who waits for us is never turned out; who keeps us waiting is, the longest first, when others come.

    So connections that say nothing, that never end a request or do not read their answer take nobody's
    place. A proxy is as many clients as it speaks for: for it the limit of one client does not hold. To be
    used on the event loop.
    """

    def __init__(
        self, most: int = CONNECTIONS, per_client: int = PER_CLIENT, proxies: Proxies | None = None
    ) -> None:
        self._most = most
        self._per_client = per_client
        self._proxies = proxies or believed()
        self._inside: dict[Connection, str] = {}  # with whose each is; a proxy's is nobody's
        self._of_client: Counter[str] = Counter()
        self._waited_for: dict[Connection, None] = {}  # since longest first
        self._said_at = float("-inf")

    def enter(self, connection: Connection, host: str) -> bool:
        """Whether there is room, if need be another one's. `host` is the address at the other end."""
        client = "" if self._proxies.has(host) else client_at(host)
        if client and self._of_client[client] >= self._per_client:
            self._say("connections.client_has_too_many", client=client, most=self._per_client)
            if not self._turn_out(client):
                return False
        elif len(self._inside) >= self._most:
            self._say("connections.full", most=self._most)
            if not self._turn_out(None):
                return False
        self._inside[connection] = client
        self._of_client[client] += 1
        self._waited_for[connection] = None
        return True

    def leave(self, connection: Connection) -> None:
        """Idempotent."""
        client = self._inside.pop(connection, None)
        self._waited_for.pop(connection, None)
        if client is not None:
            self._of_client[client] -= 1
            if not self._of_client[client]:
                del self._of_client[client]

    def waits_for_us(self, connection: Connection) -> None:
        self._waited_for.pop(connection, None)

    def keeps_us_waiting(self, connection: Connection) -> None:
        """From now on, whatever was before."""
        self._waited_for.pop(connection, None)
        if connection in self._inside:
            self._waited_for[connection] = None

    def _turn_out(self, client: str | None) -> bool:
        found = next((c for c in self._waited_for if client in (None, self._inside[c])), None)
        if found is None:
            return False
        self.leave(found)
        found.make_room()
        return True

    def _say(self, event: str, **what: object) -> None:
        now = time.monotonic()
        if now - self._said_at >= SAID_EVERY:
            self._said_at = now
            log.warning(event, **what)
