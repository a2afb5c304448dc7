"""The builds of an import, listed by one request to the CI instead of one for each number.

A number that the list lacks is a gap, no failure. One build alone, that somebody asked for, is looked for by
its number.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from buildtimetrend.errors import PermanentError
from buildtimetrend.model import BuildRef, Task
from buildtimetrend.providers.base import Numbers, Provider
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store

# Numbers that are listed together, and how many such lists are kept.
TOGETHER = 500
KEPT = 64
# Seconds for which a refusal counts for all numbers of a list: then somebody may have put things right.
REFUSED_FOR = 60.0


class Refused(PermanentError):
    """The CI tells nothing of the repo: that holds for all builds of the import."""


class Gap(PermanentError):
    """There is no build of that number."""


@dataclass(slots=True)
class _List:
    lock: threading.Lock = field(default_factory=threading.Lock)  # who comes meanwhile waits for the answer
    ids: dict[int, str] | None = None
    refused: Refused | None = None
    refused_at: float = 0.0


class Listed:
    """Safe to use from several threads. Each process asks for itself."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._lists: OrderedDict[tuple[str, int], _List] = OrderedDict()

    def ref(self, provider: Provider, task: Task) -> BuildRef:
        """The task's build by its id, where an import names it by its number.

        Raises `Gap` where the list has none of that number, `Refused` where there is no list, else what
        `provider.select` raises.
        """
        ref = task.ref
        if task.import_id is None or ref.id is not None or not reads.is_integer(ref.number):
            return ref
        number = int(ref.number or "")
        found = reads.numbers_of_import(self._store, task.import_id)
        if found is None or not found[0] <= number <= found[1] or found[0] == found[1]:
            return ref
        first, last = found
        start = number - (number - first) % TOGETHER
        ids = self._ids(provider, task, start, min(last, start + TOGETHER - 1))
        if number not in ids:
            raise Gap(f"There is no build {number}.")
        return replace(ref, id=ids[number])

    def _ids(self, provider: Provider, task: Task, first: int, last: int) -> dict[int, str]:
        listed = self._list((task.import_id or "", first))
        with listed.lock:
            if listed.refused and self._clock() - listed.refused_at < REFUSED_FOR:
                raise listed.refused
            if listed.ids is None:
                try:
                    refs = provider.select(task.ref.repo, Numbers(first, last))
                    listed.ids = {int(ref.number or ""): ref.id or "" for ref in refs}
                except PermanentError as error:
                    listed.refused = Refused(error.message, detail=error.detail)
                    listed.refused_at = self._clock()
                    raise listed.refused from error
            return listed.ids

    def _list(self, key: tuple[str, int]) -> _List:
        with self._lock:
            listed = self._lists.setdefault(key, _List())
            self._lists.move_to_end(key)
            while len(self._lists) > KEPT:
                self._lists.popitem(last=False)
            return listed
