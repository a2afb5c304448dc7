"""Answers kept for a while in memory, forgotten as soon as a build of their repo lands."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class RepoCache(Generic[V]):
    """Answers by repo id and key: of `size` repos, `per_repo` of each; the least recently used go first.

    Safe to use from several threads. `clock` is in seconds.
    """

    def __init__(self, size: int, per_repo: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = size
        self._per_repo = per_repo
        self._clock = clock
        self._lock = threading.Lock()
        self._repos: OrderedDict[int, OrderedDict[Hashable, tuple[float, V]]] = OrderedDict()
        self._drops = 0

    def get(self, repo: int, key: Hashable) -> V | None:
        with self._lock:
            entries = self._repos.get(repo)
            entry = entries.get(key) if entries else None
            if entries is None or entry is None or entry[0] < self._clock():
                return None
            self._repos.move_to_end(repo)
            entries.move_to_end(key)
            return entry[1]

    def drops(self) -> int:
        """Take it before a value is computed and hand it to `put`."""
        return self._drops

    def put(self, repo: int, key: Hashable, value: V, seconds: float, drops: int) -> None:
        """Keep a value for so long; not if something was dropped meanwhile: the value may be of before."""
        with self._lock:
            if drops != self._drops:
                return
            entries = self._repos.setdefault(repo, OrderedDict())
            entries[key] = (self._clock() + seconds, value)
            entries.move_to_end(key)
            self._repos.move_to_end(repo)
            if len(entries) > self._per_repo:
                entries.popitem(last=False)
            if len(self._repos) > self._size:
                self._repos.popitem(last=False)

    def drop(self, repo: int | None) -> None:
        """Forget a repo's answers; everything when it is not known which repo has changed."""
        with self._lock:
            self._drops += 1
            if repo is None:
                self._repos.clear()
            else:
                self._repos.pop(repo, None)
