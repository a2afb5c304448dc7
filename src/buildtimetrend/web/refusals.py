"""Notifications that were refused: whoever sets up a webhook wants to know why.

Kept in memory, since anybody can send some: a few of each CI, by this process alone, since it started.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime

KEPT = 5  # of each CI
LONGEST = 300  # characters of a reason


@dataclass(frozen=True, slots=True)
class Refusal:
    """`times` in a row for the same reason, the last one `at`."""

    at: datetime
    reason: str
    times: int = 1


class Refusals:
    """Safe to use from several threads."""

    def __init__(self) -> None:
        self._of: dict[str, deque[Refusal]] = {}
        self._lock = threading.Lock()

    def note(self, ci: str, reason: str, at: datetime) -> None:
        """`ci` is its name in the settings."""
        with self._lock:
            kept = self._of.setdefault(ci, deque(maxlen=KEPT))
            reason = reason[:LONGEST]
            if kept and kept[-1].reason == reason:
                kept[-1] = replace(kept[-1], at=at, times=kept[-1].times + 1)
            else:
                kept.append(Refusal(at, reason))

    def of(self, ci: str) -> list[Refusal]:
        """The newest first."""
        with self._lock:
            return [*reversed(self._of.get(ci, ()))]
