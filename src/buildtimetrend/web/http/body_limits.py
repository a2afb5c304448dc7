"""How much of requests' bodies is read: of one, and of all at a time."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.types import Message, Receive, Scope

from buildtimetrend.errors import Overloaded, TooLarge

MAX_BODY = 1024 * 1024
LARGE_BODY = 32 * 1024 * 1024
# Where more may come: of who pushes builds, and as much as Keen.io took of a batch.
LARGER = {"/api/v1/builds": LARGE_BODY, "/api/v1/store/": LARGE_BODY, "/3.0/": 10_000_000}
# In memory at a time, of all requests that have more than a notification has.
TOGETHER = 256 * 1024 * 1024
SMALL = 64 * 1024
RETRY_AFTER = 5.0


class Bodies:
    """The bytes of bodies that are in memory. Written on the event loop only."""

    def __init__(self, most: int = TOGETHER, larger: Mapping[str, int] = LARGER) -> None:
        """`larger` are the paths, or their beginnings, where more than `MAX_BODY` may come."""
        self._most = most
        self._larger = sorted(larger.items(), key=lambda each: -len(each[0]))  # the longest that fits counts
        self._held = 0

    def most_of(self, path: str) -> int:
        return next((most for prefix, most in self._larger if path.startswith(prefix)), MAX_BODY)

    def take(self, size: int) -> None:
        """Raises `Overloaded`, and takes nothing, when that is too much."""
        if self._held + size > self._most:
            raise Overloaded("Too much is being sent to this service just now.", retry_after=RETRY_AFTER)
        self._held += size

    def give_back(self, size: int) -> None:
        self._held -= size


class Body:
    """One request's, as its route reads it. Raises `TooLarge` before too much has come, not after."""

    __slots__ = ("_bodies", "_receive", "_scope", "_size", "_taken")

    def __init__(self, scope: Scope, receive: Receive, bodies: Bodies) -> None:
        self._scope = scope
        self._receive = receive
        self._bodies = bodies
        self._size = -1  # bytes that have come, once somebody asks
        self._taken = 0

    async def receive(self) -> Message:
        most = self._bodies.most_of(self._scope["path"])
        if self._size < 0:  # before `100 Continue` is sent
            self._size = 0
            _check(_declared(self._scope), most)
        message = await self._receive()
        come = len(message.get("body", b""))
        self._size += come
        _check(self._size, most)
        if self._size > SMALL:
            self._bodies.take(come)
            self._taken += come
        return message

    def end(self) -> None:
        """The request is over, and what came with it forgotten."""
        if self._taken:
            self._bodies.give_back(self._taken)


def _declared(scope: Scope) -> int:
    lengths = (value for name, value in scope["headers"] if name == b"content-length")
    return next((int(value[:20]) for value in lengths if value.isdigit()), 0)


def _check(size: int, most: int) -> None:
    if size > most:
        raise TooLarge(f"The body of a request may have {most} bytes at most.", detail="body")
