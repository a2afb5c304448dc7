"""Which repos there are, in memory: unknown names must cost no query, however many somebody tries."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from buildtimetrend.errors import NotFound
from buildtimetrend.store import reads
from buildtimetrend.web.context import Context

# Seconds after which an unknown name is looked for again: others may write to the store, too.
TRUSTED = 20


class KnownRepos:
    """Names, former ones among them, that compare without case. Safe to use from several threads.

    A repo that the settings do not allow does not exist here.
    """

    def __init__(self, context: Context, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = context.store
        self._settings = context.settings
        self._clock = clock
        self._lock = threading.Lock()
        self._ids: dict[str, int] = {}
        self._read_at = float("-inf")
        context.tasks.on_saved(self._saved)

    def in_memory(self, slug: str) -> int | None:
        """The repo's id, without asking the store."""
        return self._ids.get(slug.lower()) if self._settings.allows(slug) else None

    def names(self) -> list[str]:
        """All that are in memory, in lower case, without asking the store."""
        return sorted(slug for slug in self._ids if self._settings.allows(slug))

    @property
    def trusted(self) -> bool:
        """Whether a name that is not in memory does not exist."""
        return self._clock() - self._read_at < TRUSTED

    def find(self, slug: str) -> int | None:
        """The repo's id. Blocks for a query at times."""
        if self.in_memory(slug) is None and not self.trusted:
            self._read()
        return self.in_memory(slug)

    def require(self, slug: str) -> int:
        """Raises `NotFound` unless there are builds of this repo."""
        found = self.find(slug)
        if found is None:
            raise NotFound(f"There are no builds of {slug} here.", detail="repo")
        return found

    def _saved(self, slug: str) -> None:
        if slug.lower() not in self._ids:
            self._read_at = float("-inf")

    def _read(self) -> None:
        with self._lock:
            if not self.trusted:  # else another thread just did
                read_at = self._clock()
                self._ids = reads.repo_ids(self._store)
                self._read_at = read_at
