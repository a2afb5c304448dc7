"""SIGINT and SIGTERM: what waits is cut short, what is being made is made to its end."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


class _State:
    told = False
    waits = False


def leave_when_told() -> None:
    """From now on both signals end the process with exit code 0, by way of all that closes something.

    They do so where `cut_short` says that it may be, or at the next such place. An exception amid a start
    made DuckDB abort the process, or raise an error of its own in its place; one was never seen again.
    """
    _State.told = False
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)


@contextmanager
def cut_short() -> Iterator[None]:
    """Around what waits for others, or ends itself when it is told."""
    _State.waits = True
    try:
        if _State.told:
            raise SystemExit(0)
        yield
    finally:
        _State.waits = False


def _leave(_: int, __: object) -> None:
    _State.told = True
    if _State.waits:
        raise SystemExit(0)
