"""Whether, and when, a task that went wrong is tried again."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from buildtimetrend.errors import Error
from buildtimetrend.model import Task, TaskState


@dataclass(frozen=True, slots=True)
class Retries:
    """Exponential back-off with jitter: after try n a wait of `base`/2 … `base`·2ⁿ seconds, at most `cap`,
    and at least what the other side asked for.

    With the defaults the last of 16 tries comes about a quarter of a day after the first: longer than CIs are
    usually out, and than the longest builds that they allow.
    """

    base: float = 10.0
    cap: float = 3600.0
    tries: int = 16

    @property
    def longest(self) -> float:
        """Seconds that no task waits longer for its next try."""
        return self.cap + self.base

    def after(self, task: Task, error: Error, now: datetime) -> Task:
        """The task after `error`: waiting for another try, or failed. Its `tries` counts this one."""
        if not error.retry:
            return replace(task, state=TaskState.FAILED, reason=error.message, finished_at=now)
        if task.tries >= self.tries:
            reason = f"Given up after {task.tries} tries: {error.message}"
            return replace(task, state=TaskState.FAILED, reason=reason, finished_at=now)
        due = now + timedelta(seconds=self._wait(task.tries, error))
        return replace(task, state=TaskState.WAITING, reason=error.message, due_at=due)

    def _wait(self, tries: int, error: Error) -> float:
        asked = error.retry_after
        # random, not secrets: jitter only spreads load.
        jittered = random.uniform(self.base / 2, min(self.cap, self.base * 2**tries))  # noqa: S311
        if asked is None:
            return jittered
        return max(jittered, min(self.cap, asked) + random.uniform(0, self.base))  # noqa: S311
