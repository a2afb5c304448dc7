"""Which repos there are, in memory: unknown names must cost no query, however many somebody tries."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from buildtimetrend.errors import NotFound
from buildtimetrend.store import reads
from buildtimetrend.web.context import Context

# Seconds after which an unknown name is looked for again: others may write to the store, too.
TRUSTED = 20
# Names that are looked up one by one; of more, all that there are are read.
FEW = 50


class KnownRepos:
    """Names, former ones among them, that compare without case. Safe to use from several threads.

    A repo that the settings do not allow does not exist here: neither by the name that is asked for, nor by
    what it is called now.

    A build that lands is told of by its repo's name, which may be new, or another repo's than it was: only
    the store knows, and whoever tells cannot wait for it. So such names are looked up by the next who asks
    for any repo, before anything that is kept is used.
    """

    def __init__(self, context: Context, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = context.store
        self._settings = context.settings
        self._clock = clock
        self._lock = threading.Lock()
        self._reading = threading.Lock()
        self._slugs: dict[int, str] = {}  # what each is called now
        self._names: dict[str, int] = {}
        self._ids: dict[str, int] = {}  # the names of those whose present one is allowed
        self._read_at = float("-inf")
        self._told: dict[str, int] = {}  # names that are to be looked up, and which save was their last
        self._callbacks: list[Callable[[int], None]] = []
        self.saves = 0  # that this process was told of
        context.tasks.on_saved(self._saved)

    def on_changed(self, callback: Callable[[int], None]) -> None:
        """Call with a repo's id, from any thread, when a build of it has landed, or may have.

        Whatever was read of the repo before is out of date then.
        """
        self._callbacks.append(callback)

    def in_memory(self, slug: str) -> int | None:
        """The repo's id, without asking the store."""
        return self._ids.get(slug.lower()) if self._settings.allows(slug) else None

    def names(self) -> list[str]:
        """All that are in memory, in lower case, without asking the store."""
        return sorted(slug for slug in self._ids if self._settings.allows(slug))

    @property
    def settled(self) -> bool:
        """Whether it is known of all builds that landed which repos they are of."""
        return not self._told

    @property
    def trusted(self) -> bool:
        """Whether a name that is not in memory does not exist."""
        return self._clock() - self._read_at < TRUSTED

    def shows(self, slug: str) -> bool:
        """Whether what is known of a repo of that name may be shown. Blocks for a query at times."""
        self._look()
        name = slug.lower()
        return self._settings.allows(slug) and self._names.get(name) == self._ids.get(name)

    def shown(self, found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Of these rows, each of a `repo`, those that may be shown."""
        return [row for row in found if self.shows(row["repo"])]

    def hidden(self) -> set[int]:
        """Ids of the repos that may not be shown. Blocks for a query at times."""
        self._look()
        return self._slugs.keys() - self._ids.values()

    def find(self, slug: str) -> int | None:
        """The repo's id. Blocks for a query at times."""
        if not self.settled or (self.in_memory(slug) is None and not self.trusted):
            self._look()
        return self.in_memory(slug)

    def require(self, slug: str) -> int:
        """Raises `NotFound` unless there are builds of this repo."""
        found = self.find(slug)
        if found is None:
            raise NotFound(f"There are no builds of {slug} here.", detail="repo")
        return found

    def _saved(self, slug: str) -> None:
        name = slug.lower()
        with self._lock:
            self.saves += 1
            self._told[name] = self.saves
        if (known := self._ids.get(name)) is not None:
            self._changed({known})

    def _look(self) -> None:
        if self.settled and self.trusted:
            return
        with self._reading:
            with self._lock:
                told = dict(self._told)
            if not told and self.trusted:  # another thread just did
                return
            few = self.trusted and len(told) <= FEW
            read_at = self._clock()
            found = reads.repos_by_name(self._store, [*told] if few else None)
            # Another one has taken the name of such a repo, which may have had builds by it before.
            displaced = {
                repo.id for name, repo in found.items() if name not in told and name.partition("~")[0] in told
            }
            names = {name: repo.id for name, repo in found.items()}
            slugs = {repo.id: repo.slug for repo in found.values()}
            self._learn(
                self._names | names if few else names, self._slugs | slugs if few else slugs, displaced
            )
            self._read_at = self._read_at if few else read_at
            with self._lock:
                for name, save in told.items():
                    if self._told[name] == save:
                        del self._told[name]

    def _learn(self, names: dict[str, int], slugs: dict[int, str], changed: set[int]) -> None:
        """Where a name leads to the repo that it led to, `_saved` has told of it."""
        allowed = {repo for repo, slug in slugs.items() if self._settings.allows(slug)}
        before = self._ids
        self._names, self._slugs = names, slugs
        self._ids = {name: repo for name, repo in names.items() if repo in allowed}
        moved = self._ids.items() ^ before.items()
        self._changed(changed | {repo for _, repo in moved})

    def _changed(self, repos: set[int]) -> None:
        for repo in repos:
            for callback in self._callbacks:
                callback(repo)
