"""Answers kept for a while in memory, forgotten as soon as a build of their repo lands."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

V = TypeVar("V")


class Kept(Generic[V]):
    """An answer that holds `until` then (s, of the cache's clock), or until the cache forgets it.

    Whoever holds it must look whether it is `fresh`.
    """

    __slots__ = ("forgotten", "until", "value", "weight")

    def __init__(self, value: V, until: float, weight: int) -> None:
        self.value = value
        self.until = until
        self.weight = weight
        self.forgotten = False

    def fresh(self, now: float) -> bool:
        return not self.forgotten and now <= self.until


class RepoCache(Generic[V]):
    """Answers by repo id and key: of `repos` repos, `per_repo` of each, none of which is None.

    All of them weigh no more than `heaviest`, as `weigh` has it. The least recently used go first. Those of
    other repos are not touched when a build lands. Safe to use from several threads; `clock` is in seconds.
    """

    def __init__(
        self,
        repos: int,
        per_repo: int,
        *,
        weigh: Callable[[V], int] = lambda _: 1,
        heaviest: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most_repos = repos
        self._per_repo = per_repo
        self._weigh = weigh
        self._heaviest = repos * per_repo if heaviest is None else heaviest
        self._clock = clock
        self._lock = threading.Lock()
        self._repos: OrderedDict[int, OrderedDict[Hashable, Kept[V]]] = OrderedDict()
        self._weight = 0
        # What is being asked now and may be kept: each by the repo's id, and by key.
        self._asking: dict[int, dict[Hashable, Future[V]]] = {}
        self.hits = self.shared = self.misses = 0

    def kept(self, repo: int, key: Hashable) -> Kept[V] | None:
        with self._lock:
            return self._fresh(repo, key)

    def answer(self, repo: int, key: Hashable, seconds: float, ask: Callable[[], V]) -> V:
        """What is kept; else what somebody asks for just now; else what `ask` says, kept for so long.

        What began before a build of the repo landed is neither kept nor given to those who come later.
        Raises what `ask` does, or the weighing of what it says; so it does to all who wait for that.
        """
        with self._lock:
            found = self._fresh(repo, key)
            if found is not None:
                self.hits += 1
                return found.value
            asking = self._asking.get(repo, {}).get(key)
            if asking is None:
                self.misses += 1
                own: Future[V] = Future()
                self._asking.setdefault(repo, {})[key] = own
            else:
                self.shared += 1
        return asking.result() if asking else self._asked(repo, key, seconds, ask, own)

    def drop(self, repo: int) -> None:
        """A build of that repo has landed."""
        with self._lock:
            self._asking.pop(repo, None)
            self._forget_repo(repo)

    def _asked(self, repo: int, key: Hashable, seconds: float, ask: Callable[[], V], own: Future[V]) -> V:
        try:
            value = ask()
            weight = self._weigh(value)
        except BaseException as error:
            with self._lock:
                self._ended(repo, key, own)
            own.set_exception(error)
            raise
        with self._lock:
            if self._ended(repo, key, own):
                self._keep(repo, key, Kept(value, self._clock() + seconds, weight))
        own.set_result(value)
        return value

    def _ended(self, repo: int, key: Hashable, own: Future[V]) -> bool:
        """Whether no build of the repo has landed since it was asked."""
        of_repo = self._asking.get(repo, {})
        if of_repo.get(key) is not own:
            return False
        del of_repo[key]
        if not of_repo:
            del self._asking[repo]
        return True

    def _fresh(self, repo: int, key: Hashable) -> Kept[V] | None:
        entries = self._repos.get(repo)
        found = entries.get(key) if entries else None
        if entries is None or found is None or not found.fresh(self._clock()):
            return None
        self._repos.move_to_end(repo)
        entries.move_to_end(key)
        return found

    def _keep(self, repo: int, key: Hashable, kept: Kept[V]) -> None:
        self._forget_one(repo, key)
        entries = self._repos.setdefault(repo, OrderedDict())
        entries[key] = kept
        self._weight += kept.weight
        self._repos.move_to_end(repo)
        if len(entries) > self._per_repo:
            self._forget_one(repo, next(iter(entries)))
        if len(self._repos) > self._most_repos:
            self._forget_repo(next(iter(self._repos)))
        while self._weight > self._heaviest:
            oldest, entries = next(iter(self._repos.items()))
            self._forget_one(oldest, next(iter(entries)))

    def _forget_repo(self, repo: int) -> None:
        for key in [*self._repos.get(repo, ())]:
            self._forget_one(repo, key)

    def _forget_one(self, repo: int, key: Hashable) -> None:
        """If it is kept at all: also for those who hold it."""
        entries = self._repos.get(repo)
        gone = entries.pop(key, None) if entries else None
        if gone is None:
            return
        gone.forgotten = True
        self._weight -= gone.weight
        if not entries:
            del self._repos[repo]
