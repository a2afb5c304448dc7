"""Asking for builds by number: one, or a batch. The compatibility path, the API and the form all end here."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from buildtimetrend.errors import Forbidden, NotFound, TooManyRequests
from buildtimetrend.model import BuildRef, Import, Origin, Task
from buildtimetrend.web.context import Context, Tasks
from buildtimetrend.web.text import noun_of

# Builds that may wait in all before more are refused: each takes memory, and asks the CI for something.
MOST_WAITING = 20_000

# What ended within this time says how fast an import goes.
RECENT = timedelta(minutes=10)
# Failed builds that are tried again at once.
RETRIES = 1000
# From fewer no rate can be told.
LEAST_ENDED = 2


@dataclass(frozen=True, slots=True)
class Scheduled:
    """`batch` is None when a single build was asked for without an import to follow."""

    tasks: list[Task]
    warnings: list[str]
    batch: Import | None


def schedule(context: Context, provider: str, repo: str, first: int, last: int, *, batch: bool) -> Scheduled:
    """Schedule builds `first` to `last`, no more than the settings allow at once. Blocks for milliseconds.

    Raises `NotFound` for an unknown provider, `Forbidden` for a repo that the settings do not allow and
    `TooManyRequests` while too many builds wait already.
    """
    settings = context.settings
    if provider not in context.providers:
        raise NotFound(
            f"There is no such provider; there is: {', '.join(context.providers)}.", detail="provider"
        )
    if not settings.allows(repo):
        raise Forbidden("The settings of this service do not allow this repo.", detail="repo")
    warnings = []
    if last < first:
        warnings.append(
            f"Warning: last_build {last} is below first_build {first}: only {first} is scheduled."
        )
        last = first
    most = settings.multi_import_max_builds
    if last - first >= most:
        refused, last = last, first + most - 1
        warnings.append(
            f"Warning: at most {most} {noun_of(most, 'build')} {'is' if most == 1 else 'are'} imported at "
            f"once: builds {last + 1} to {refused} are refused."
        )
    waiting = sum(count for key, count in context.tasks.depth().items() if key.startswith("waiting."))
    if waiting + last - first >= max(MOST_WAITING, 2 * most):
        raise TooManyRequests(
            f"{waiting} {noun_of(waiting, 'build')} {'waits' if waiting == 1 else 'wait'} already; "
            "ask again when there are fewer.",
            retry_after=60,
        )
    ci = context.providers[provider]
    refs = [BuildRef(ci.kind, ci.instance, repo, number=str(n)) for n in range(first, last + 1)]
    now = datetime.now(UTC)
    record = Import(uuid.uuid4().hex, ci.kind, repo, first, last, now, ci.instance) if batch else None
    origin = Origin.IMPORT if batch else Origin.REQUEST
    future = context.tasks.schedule(refs, origin, spacing=settings.multi_import_delay, batch=record)
    return Scheduled(future.result(), warnings, record)


def finishes_at(found: dict[str, Any], pace: dict[str, Any] | None, now: datetime) -> datetime | None:
    """When an import may end, by the rate of its last builds, and not before its last one is due.

    None when it has ended, or while no rate can be told.
    """
    if pace is None or pace["ended"] < LEAST_ENDED:
        return None
    since = max(found["created_at"], now - RECENT)
    left = found["waiting"] + found["running"]
    by_rate: datetime = now + (now - since) / pace["ended"] * left
    due: datetime = pace["last_due_at"]
    return max(due, by_rate)


def retry_failed(tasks: Tasks, ids: Sequence[str]) -> int:
    """Try these tasks again, now; how many of them were still failed. Blocks until that is on disk."""
    futures = []
    for task_id in ids:
        with suppress(NotFound):  # somebody else was faster
            futures.append(tasks.retry(task_id))
    for future in futures:
        future.result()
    return len(futures)
