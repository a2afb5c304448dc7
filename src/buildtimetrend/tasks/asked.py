"""Tasks as they are made when a build is asked for."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from buildtimetrend.model import BuildRef, Import, Origin, Task, TaskState
from buildtimetrend.providers import provider_of
from buildtimetrend.providers.base import Provider


def new_task(
    ref: BuildRef, origin: Origin, now: datetime, *, delay: float, import_id: str | None = None
) -> Task:
    """A task that is due in `delay` seconds."""
    return Task(uuid.uuid4().hex, ref, origin, now, now + timedelta(seconds=delay), import_id=import_id)


def notified_task(ref: BuildRef, providers: Mapping[str, Provider], now: datetime) -> Task:
    """The task of a notification, due when its CI has the whole build."""
    provider = provider_of(providers, ref.provider, ref.instance)
    return new_task(ref, Origin.HOOK, now, delay=provider.delay if provider else 0.0)


def new_tasks(
    refs: Sequence[BuildRef], origin: Origin, now: datetime, spacing: float, batch: Import | None
) -> list[Task]:
    """One per build, each due `spacing` seconds after the one before."""
    import_id = batch.id if batch else None
    return [new_task(ref, origin, now, delay=i * spacing, import_id=import_id) for i, ref in enumerate(refs)]


def canceled(task: Task, now: datetime) -> Task:
    return replace(task, state=TaskState.CANCELED, reason="Canceled.", finished_at=now)
