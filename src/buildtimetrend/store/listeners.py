"""Who wants to know of the builds that this process saves."""

from __future__ import annotations

from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)


class Listeners:
    """Called one after the other. What goes wrong with one of them is no business of the build, or others."""

    def __init__(self) -> None:
        self._callbacks: list[Callable[[str], None]] = []

    def add(self, callback: Callable[[str], None]) -> None:
        self._callbacks.append(callback)

    def tell(self, repo: str) -> None:
        for callback in self._callbacks:
            try:
                callback(repo)
            except Exception:
                log.exception("save.callback_bug", repo=repo)
