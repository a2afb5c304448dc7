"""The reconciling sweep: finds builds whose notification got lost, and jobs that still ran when last seen.

It also drops what nobody asks for any more: old deliveries, tasks and imports. Builds are kept for good.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from buildtimetrend.errors import Error, Stopped
from buildtimetrend.model import BuildRef, Origin
from buildtimetrend.providers.base import Changed, Latest, Provider
from buildtimetrend.settings import Settings
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store
from buildtimetrend.store.statements import presence
from buildtimetrend.tasks import reserve
from buildtimetrend.tasks.reserve import Reserved

log = structlog.get_logger(__name__)

# How far back a sweep looks in a repo for builds that it never saw: one page of most CIs' listings.
RECENT_BUILDS = 100
# A build that could not be had is asked for again after this long.
GIVE_UP_FOR = timedelta(days=7)
# Deliveries (each with its payload), finished tasks and their imports are kept for so long.
KEPT = timedelta(days=30)
# Builds that changed after their end are looked for this often, and the first time this far back.
LOOK_EVERY = timedelta(hours=6)
FIRST_LOOK = timedelta(days=1)
OVERLAP = timedelta(minutes=5)
# The first sweep comes soon after the start: the service may have been away for a while.
FIRST_SWEEP = 60.0


class Sweep:
    """Runs `once` every `settings.sweep_interval` seconds on a thread of its own; never when that is 0."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        providers: Mapping[str, Provider],
        schedule: Callable[[Sequence[BuildRef], Origin], object],
    ) -> None:
        self._settings = settings
        self._store = store
        self._providers = providers
        self._schedule = schedule
        self._stopped = threading.Event()
        self.thread = threading.Thread(target=self._loop, name="sweep", daemon=True)

    def start(self) -> None:
        if self._settings.sweep_interval:
            self.thread.start()

    def stop(self) -> None:
        """Begin nothing more; `thread` ends with what it reads from a CI."""
        self._stopped.set()

    def once(self) -> int:
        """Schedule what is missing in every repo, and drop what is old; how many builds were scheduled."""
        count = sum(self._sweep(provider) for provider in self._providers.values())
        self._store.prune(self._store.clock.now() - KEPT).result()
        return count

    def _loop(self) -> None:
        wait = min(FIRST_SWEEP, self._settings.sweep_interval)
        while not self._stopped.wait(wait):
            wait = self._settings.sweep_interval
            try:
                if not self._is_ours():
                    continue
                found = self.once()
            except Exception:
                # The next sweep may do better; the service goes on without this one.
                log.exception("sweep.bug")
            else:
                log.info("sweep.done", scheduled=found)

    def _is_ours(self) -> bool:
        """Of several services on one store, one sweeps in each interval."""
        if not self._store.shared:
            return True
        now = self._store.clock.now()
        until = now + timedelta(seconds=0.9 * self._settings.sweep_interval)
        return self._store.execute(presence.take("sweep", now, until)).result()[-1] == 1

    def _sweep(self, provider: Provider) -> int:
        count = 0
        for repo in reads.swept_repos(self._store, provider.kind, provider.instance):
            if self._stopped.is_set() or not self._settings.allows(repo.slug):
                continue
            try:
                reserve.require(provider, self._store.clock.now())
                missing = self._missing(provider, repo)
                changed = self._changed(provider, repo)
            except Stopped:
                break
            except Reserved as reserved:
                log.info("sweep.left", ci=provider.name, reason=reserved.message)
                break
            except Error as error:
                log.warning("sweep.skipped", repo=repo.slug, reason=error.message)
                continue
            except Exception:
                # One repo must not keep the others, and what is too old, from their turn.
                log.exception("sweep.bug", repo=repo.slug)
                continue
            missing += changed or []
            if missing:
                self._schedule(missing, Origin.SWEEP)
                count += len(missing)
            if changed is not None:
                name = _look(provider, repo)
                self._store.execute(presence.note(name, self._store.clock.now())).result()
        return count

    def _missing(self, provider: Provider, repo: reads.SweptRepo) -> list[BuildRef]:
        place = (provider.kind, provider.instance, repo.slug)
        since = self._store.clock.now() - GIVE_UP_FOR
        leave = reads.refused(self._store, provider.kind, provider.instance, repo, since)
        again = reads.unfinished(self._store, *place, since)
        listed = [
            ref
            for ref in provider.select(repo.name, Latest(provider.sweep_depth))
            if not {(ref.id, ref.attempt), (ref.id, None)} & leave
        ]
        stored = reads.stored(self._store, *place, {(ref.id, ref.attempt) for ref in listed if ref.id})
        # A run that was run again keeps its place in the list: further down, only attempts are looked for.
        near = set([*dict.fromkeys(ref.id for ref in listed)][:RECENT_BUILDS])
        recent = [ref for ref in listed if ref.id in near]
        # The newest come first: what stands before one that is stored is missing. Of all others history from
        # before the first stored build is for an import to fetch.
        oldest = max((place for place, ref in enumerate(recent) if ref.id in stored), default=0)
        newer = {ref.id for ref in recent[:oldest]}
        missing = [ref for ref in recent if ref.id not in {*stored, *newer}]
        first = _lowest(ref for ref in recent if ref.id in stored)
        lowest = _lowest(missing)
        if lowest is not None and (first is None or lowest < first):
            first = reads.first_number(self._store, *place)
        return [
            ref
            for ref in listed
            if ref.id in again
            or _is_new_attempt(ref, stored)
            or (
                ref.id in near
                and ref.id not in stored
                and (ref.id in newer or not _is_before(first, ref.number))
            )
        ]

    def _changed(self, provider: Provider, repo: reads.SweptRepo) -> list[BuildRef] | None:
        """Stored builds that the CI has changed since they were fetched; others are for an import. None where
        it is not time to look for them.
        """
        if not provider.tells_changes:
            return None
        now = self._store.clock.now()
        last = reads.noted(self._store, _look(provider, repo))
        if last is not None and last <= now < last + LOOK_EVERY:
            return None
        since = min(last or now - FIRST_LOOK, now) - OVERLAP
        changed = list(provider.changed_since(repo.name, since))
        place = (provider.kind, provider.instance, repo.slug)
        refs = {each.ref.id: each.ref for each in changed if each.ref.id}
        stored = reads.stored(self._store, *place, {(id_, ref.attempt) for id_, ref in refs.items()})
        fetched = reads.fetched_after(self._store, provider.kind, provider.instance, refs)
        return [
            each.ref
            for each in changed
            if each.ref.id in stored and _is_newer(each, fetched.get(each.ref.id))
        ]


def _look(provider: Provider, repo: reads.SweptRepo) -> str:
    """What it is called in the store that changes of a repo were looked for: a restart goes on from there."""
    return f"look at {provider.name} {repo.slug}"


def _is_newer(changed: Changed, fetched_after: datetime | None) -> bool:
    """Whether it may have changed since it was fetched."""
    return changed.at is None or fetched_after is None or fetched_after < changed.at


def _is_new_attempt(ref: BuildRef, stored: Mapping[str, Collection[int]]) -> bool:
    """Of a build that is stored; where the CI does not number them, that is not known."""
    return ref.attempt is not None and ref.attempt not in stored.get(ref.id or "", [ref.attempt])


def _lowest(refs: Iterable[BuildRef]) -> int | None:
    """Of the numbers that are integers."""
    return min((int(ref.number) for ref in refs if ref.number and reads.is_integer(ref.number)), default=None)


def _is_before(first: int | None, number: str | None) -> bool:
    return first is not None and number is not None and reads.is_integer(number) and int(number) < first
