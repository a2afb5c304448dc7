"""The builds of an import, listed page by page, each page a task of its own.

What a page names is in the store before the next one is asked for, and with it where that one begins: whoever
goes on, after a fault or a kill, goes on there.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from buildtimetrend.errors import PermanentError, Stopped
from buildtimetrend.model import BuildRef, Import, Task
from buildtimetrend.providers.base import Latest, Numbers, Provider
from buildtimetrend.providers.budget import spacing_of
from buildtimetrend.providers.selection import selection_of
from buildtimetrend.settings import Settings
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store
from buildtimetrend.tasks.asked import import_tasks, list_after

PAGE = 100
# So many builds of one import, and of all that waits for one CI, are listed ahead: providers remember about
# as many, and then need not ask for them one by one.
AHEAD = 1_000
MOST_WAITING = 1_500
# Until it is looked again whether there are fewer.
LATER = timedelta(seconds=1)
# Lists that go on where they were without being asked for anew, and seconds for which one may rest.
KEPT = 16
RESTS = 600.0


class TooMany(Exception):
    """So many builds wait that no more are listed now."""


@dataclass(frozen=True, slots=True)
class _Page:
    """Builds; whether there may be more, and where to read on, unless the CI has to be asked anew."""

    refs: list[BuildRef]
    more: bool
    rest: Iterator[BuildRef] | None = None


@dataclass(frozen=True, slots=True)
class _Begun:
    refs: Iterator[BuildRef]
    at: float


class Lists:
    """Safe to use from several threads."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._store = store
        self._lock = threading.Lock()
        self._begun: OrderedDict[str, _Begun] = OrderedDict()  # by the id of the task that goes on with it

    def next(self, provider: Provider, task: Task) -> list[Task]:
        """New tasks, which are in the store: for builds, and for the rest of the list.

        Raises `TooMany`, or what `Provider.select` does. What was read before that is kept.
        """
        batch = reads.import_of(self._store, task.import_id or "")
        if batch is None:
            raise PermanentError("Its import is gone.")
        listed = reads.listed(self._store, batch.id)
        waiting = reads.open_at(self._store, task.ref.provider, task.ref.instance)
        if listed.open >= AHEAD or waiting >= MOST_WAITING:
            raise TooMany
        page = self._page(provider, task, batch, listed.builds)
        refs = [*page.refs, list_after(batch, page.refs[-1])] if page.more else page.refs
        tasks = self._new_tasks(provider, batch, refs, listed.last_due_at)
        if page.rest:
            self._keep(tasks[-1].id, page.rest)
        known = {each.id for each in reads.tasks_of(self._store, [each.id for each in tasks])}
        tasks = [each for each in tasks if each.id not in known]
        if tasks:
            self._store.add_tasks(tasks).result()
        return tasks

    def _page(self, provider: Provider, task: Task, batch: Import, listed: int) -> _Page:
        rest = self._taken(task.id) or self._begin(provider, task.ref, batch, listed)
        refs: list[BuildRef] = []
        try:
            for ref in islice(rest, PAGE):
                refs.append(ref)
        except Stopped:
            raise
        except Exception:
            # Whatever it was: who goes on behind what was read meets it again, and then it is said.
            if not refs:
                raise
            return _Page(refs, more=True)
        more = len(refs) == PAGE
        return _Page(refs, more, rest if more else None)

    def _begin(self, provider: Provider, ref: BuildRef, batch: Import, listed: int) -> Iterator[BuildRef]:
        """What was asked for, as it was meant then, without what is listed already."""
        most = self._settings.multi_import_max_builds
        said = selection_of(batch.selection or "", most, batch.created_at)
        if not isinstance(said, Numbers):
            said = replace(said, running=True)
        if ref.id is None:
            found = provider.select(ref.repo, said)
            return _any_of(found, provider, batch) if isinstance(said, Numbers) else found
        known = reads.numbers_listed(self._store, batch.id)
        last = replace(ref, number=known.get((ref.id, ref.attempt)))
        after = provider.select_after(ref.repo, said, last)
        new = (each for each in after if (each.id, each.attempt) not in known)
        return _at_most(new, said.number - listed) if isinstance(said, Latest) else new

    def _new_tasks(
        self, provider: Provider, batch: Import, refs: Sequence[BuildRef], last_due_at: datetime | None
    ) -> list[Task]:
        now = self._store.clock.now()
        spacing = spacing_of(provider, self._settings.multi_import_delay)
        begin = now if last_due_at is None else max(now, last_due_at + timedelta(seconds=spacing))
        return import_tasks(batch, refs, begin, now, spacing)

    def _taken(self, task_id: str) -> Iterator[BuildRef] | None:
        with self._lock:
            begun = self._begun.pop(task_id, None)
        return begun.refs if begun and time.monotonic() - begun.at < RESTS else None

    def _keep(self, task_id: str, refs: Iterator[BuildRef]) -> None:
        with self._lock:
            self._begun[task_id] = _Begun(refs, time.monotonic())
            while len(self._begun) > KEPT:
                self._begun.popitem(last=False)


def _any_of(refs: Iterator[BuildRef], provider: Provider, batch: Import) -> Iterator[BuildRef]:
    """Who asks for numbers knows that there are builds: raises `PermanentError` where there are none."""
    first = next(refs, None)
    if first is None:
        raise PermanentError(
            f"{provider.instance} has no builds {batch.selection} of {batch.repo} that this service may see.",
            detail="number",
        )
    yield first
    yield from refs


def _at_most(refs: Iterator[BuildRef], builds: int) -> Iterator[BuildRef]:
    """All attempts of so many builds."""
    seen: set[str | None] = set()
    for ref in refs:
        seen.add(ref.id)
        if len(seen) > builds:
            return
        yield ref
