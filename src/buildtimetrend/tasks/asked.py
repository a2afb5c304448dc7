"""Tasks as they are made when a build is asked for."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from buildtimetrend.model import BuildRef, Import, Origin, Task, TaskState
from buildtimetrend.tasks.queue import utc_now


def new_task(ref: BuildRef, origin: Origin, *, delay: float, import_id: str | None = None) -> Task:
    """A task that is due in `delay` seconds."""
    now = utc_now()
    return Task(uuid.uuid4().hex, ref, origin, now, now + timedelta(seconds=delay), import_id=import_id)


def new_tasks(refs: Sequence[BuildRef], origin: Origin, spacing: float, batch: Import | None) -> list[Task]:
    """One per build, each due `spacing` seconds after the one before."""
    import_id = batch.id if batch else None
    return [new_task(ref, origin, delay=i * spacing, import_id=import_id) for i, ref in enumerate(refs)]


def canceled(task: Task, now: datetime) -> Task:
    return replace(task, state=TaskState.CANCELED, reason="Canceled.", finished_at=now)
