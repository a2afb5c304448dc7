"""Tasks as they are made when a build is asked for."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from buildtimetrend.model import LIST, BuildRef, Import, Origin, Task, TaskState
from buildtimetrend.providers import provider_of
from buildtimetrend.providers.base import Provider


def new_task(ref: BuildRef, origin: Origin, now: datetime, *, delay: float) -> Task:
    """A task that is due in `delay` seconds."""
    return Task(uuid.uuid4().hex, ref, origin, now, now + timedelta(seconds=delay))


def notified_task(ref: BuildRef, providers: Mapping[str, Provider], now: datetime) -> Task:
    """The task of a notification, due when its CI has the whole build."""
    provider = provider_of(providers, ref.provider, ref.instance)
    return new_task(ref, Origin.HOOK, now, delay=provider.delay if provider else 0.0)


def new_tasks(
    refs: Sequence[BuildRef], origin: Origin, now: datetime, spacing: float, batch: Import | None
) -> list[Task]:
    """One per build, each due `spacing` seconds after the one before; of an import as `import_tasks`."""
    if batch:
        return import_tasks(batch, refs, now, now, spacing)
    return [new_task(ref, origin, now, delay=i * spacing) for i, ref in enumerate(refs)]


def import_tasks(
    batch: Import, refs: Sequence[BuildRef], begin: datetime, now: datetime, spacing: float
) -> list[Task]:
    """One per reference, the first build due at `begin`, and each as much later as keeps their order.

    A list is due before all builds of its import: so it is known early how many there are. The same reference
    of the same import makes a task of the same id.
    """
    return [
        Task(
            _id_in(batch, ref),
            ref,
            Origin.IMPORT,
            now,
            batch.created_at
            if ref.is_list
            else begin + timedelta(seconds=place * spacing, microseconds=place),
            import_id=batch.id,
        )
        for place, ref in enumerate(refs)
    ]


def list_after(batch: Import, last: BuildRef | None) -> BuildRef:
    """What is still to be listed of an import: what comes after that build, or all."""
    after = last or BuildRef(batch.provider, batch.instance or "", batch.repo)
    return replace(after, provider=batch.provider, number=LIST)


def _id_in(batch: Import, ref: BuildRef) -> str:
    named = "\0".join((batch.id, ref.id or "", ref.number or "", str(ref.attempt or "")))
    return hashlib.blake2b(named.encode(), digest_size=16).hexdigest()


def canceled(task: Task, now: datetime) -> Task:
    return replace(task, state=TaskState.CANCELED, reason="Canceled.", finished_at=now)
