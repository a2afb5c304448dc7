"""The jobs of builds that passed, with the times of their steps, in memory.

What is usual is asked for again and again, and each new build needs those of the same builds but one.

For a store that nobody else writes to. What is saved anew is forgotten, also by those who read it meanwhile.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

MOST = 50_000  # rows, of jobs and steps: some 20 MB

Row: TypeAlias = dict[str, Any]


class Attempt(NamedTuple):
    """One of a build of a repo's pipeline."""

    repo_id: int
    pipeline: int
    build_id: str
    number: int


class KeptJobs:
    """Of the builds that were asked for last; each job is a row with its `steps`, which nobody may change."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, dict[Attempt, Sequence[Row]]] = OrderedDict()  # by the build's id
        self._rows = 0
        self._saved_meanwhile: list[set[str | None]] = []  # of each who reads now: ids, None for all

    def of(
        self,
        attempts: Iterable[Attempt],
        read: Callable[[Sequence[Attempt]], Mapping[Attempt, Sequence[Row]]],
    ) -> dict[Attempt, Sequence[Row]]:
        """The jobs of each; `read` asks the store for those that are not kept."""
        saved: set[str | None] = set()
        with self._lock:
            found, missing = self._find(attempts)
            self._saved_meanwhile.append(saved)
        try:
            new = read(missing) if missing else {}
            with self._lock:
                for attempt, jobs in new.items():
                    if saved.isdisjoint((attempt.build_id, None)):
                        self._keep(attempt, jobs)
        finally:
            with self._lock:
                self._saved_meanwhile = [one for one in self._saved_meanwhile if one is not saved]
        return {**found, **new}

    def forget(self, build_id: str | None) -> None:
        """A build of that id was saved; None: nobody knows which."""
        with self._lock:
            for saved in self._saved_meanwhile:
                saved.add(build_id)
            for one in [*self._kept] if build_id is None else [build_id]:
                self._drop(one)

    def _find(self, attempts: Iterable[Attempt]) -> tuple[dict[Attempt, Sequence[Row]], list[Attempt]]:
        found, missing = {}, []
        for attempt in attempts:
            jobs = self._kept.get(attempt.build_id, {}).get(attempt)
            if jobs is None:
                missing.append(attempt)
            else:
                found[attempt] = jobs
                self._kept.move_to_end(attempt.build_id)
        return found, missing

    def _keep(self, attempt: Attempt, jobs: Sequence[Row]) -> None:
        size = _rows(jobs)
        if size > self._most:
            return
        known = self._kept.setdefault(attempt.build_id, {})
        if attempt in known:
            return
        known[attempt] = jobs
        self._rows += size
        self._kept.move_to_end(attempt.build_id)
        while self._rows > self._most:
            self._drop(next(iter(self._kept)))

    def _drop(self, build_id: str) -> None:
        attempts = self._kept.pop(build_id, {})
        self._rows -= sum(map(_rows, attempts.values()))


def _rows(jobs: Sequence[Row]) -> int:
    return 1 + len(jobs) + sum(len(job["steps"]) for job in jobs)
