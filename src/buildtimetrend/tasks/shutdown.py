"""How threads that collect builds come to their end, whatever they wait for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

import structlog

log = structlog.get_logger(__name__)

# Seconds that builds which are being collected have to come to their end by themselves; and after that, when
# what they read was given up.
PATIENCE = 5.0
LAST = 5.0


def end(
    threads: Iterable[threading.Thread],
    give_up: Callable[[], None],
    *,
    patience: float = PATIENCE,
    last: float = LAST,
) -> None:
    """Wait for threads that were told to stop, and give up for them what they wait for. Who does not end then
    is left behind: threads like these end with their process, and what they did not store is done again.
    """
    begun = [thread for thread in threads if thread.ident is not None]
    if all_ended(begun, patience):
        return
    log.info("tasks.given_up", after=patience)
    give_up()
    if not all_ended(begun, last):
        log.warning("tasks.left_behind", threads=[thread.name for thread in begun if thread.is_alive()])


def all_ended(threads: Iterable[threading.Thread], seconds: float) -> bool:
    """Whether they have, within so many seconds for all of them."""
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return not any(thread.is_alive() for thread in threads)
