"""File descriptors: as many as the system gives, most of them for connections."""

from __future__ import annotations

import resource
from contextlib import suppress
from dataclasses import dataclass

# What a process may be given at most; some systems refuse more than the second whatever they say.
WANTED = (65_536, 10_240)
RESERVED = 256  # of the store, of what is fetched, of the broker
BACKLOG = 2048  # connections that are accepted at once, before the first of them can be refused


@dataclass(frozen=True, slots=True)
class Room:
    connections: int
    backlog: int


def raise_limit() -> None:
    """Have as many descriptors as we may: the usual soft limit of 1,024 is of days when `select` was used."""
    for wanted in WANTED:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        if soft == resource.RLIM_INFINITY or soft >= most:
            return
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            return


def room(wanted: int) -> Room:
    """`wanted` connections, or as many as leave descriptors for all else."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = max(WANTED) if soft == resource.RLIM_INFINITY else soft
    left = limit - min(RESERVED, limit // 4)
    backlog = min(BACKLOG, left // 4)
    return Room(min(wanted, left - backlog), backlog)
