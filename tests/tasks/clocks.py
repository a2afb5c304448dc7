"""Processes whose clock is wrong."""

from __future__ import annotations

import inspect
import sys
import time
from datetime import datetime, tzinfo
from typing import Any


class _Kind(type):
    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, datetime)


def set_clock(ahead: float) -> None:
    """For the rest of this process, all that asks the system what time it is gets to hear another."""
    true = time.time

    class Shifted(datetime, metaclass=_Kind):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return datetime.fromtimestamp(true() + ahead, tz)

    time.time = lambda: true() + ahead
    for name, module in list(sys.modules.items()):
        if not name.startswith("buildtimetrend") or getattr(module, "datetime", None) is not datetime:
            continue
        if "datetime.now(" in inspect.getsource(module):  # in others it names a type
            module.datetime = Shifted  # type: ignore[attr-defined]
