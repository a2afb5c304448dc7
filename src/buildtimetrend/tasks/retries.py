"""Whether, and when, a task that went wrong is tried again."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from buildtimetrend.errors import Error, StillRuns
from buildtimetrend.model import Task, TaskState

# Seconds: in place of the delay of a CI that is not known, and the shortest that counts.
USUAL = 10.0
SHORTEST = 0.05
# A build that still runs is asked for again, whatever the number of tries: some wait for a person for days.
RUNS_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Retries:
    """Exponential back-off with jitter: after try n a wait of `base`/2 … `base`·2ⁿ seconds, at most `cap`,
    and at least what the other side asked for. Without a `base` it is the delay of the build's CI.

    With the defaults the last of 16 tries comes about a quarter of a day after the first: longer than CIs are
    usually out, and than the longest builds that they allow.
    """

    base: float | None = None
    cap: float = 3600.0
    tries: int = 16

    @property
    def longest(self) -> float:
        """Seconds that no task waits longer for its next try."""
        return self.cap + (self.cap if self.base is None else self.base)

    def after(self, task: Task, error: Error, now: datetime, delay: float | None = None) -> Task:
        """The task after `error`: waiting for another try, or failed. Its `tries` counts this one.

        `delay` (s) is that of its CI.
        """
        if not error.retry:
            return replace(task, state=TaskState.FAILED, reason=error.message, finished_at=now)
        runs = isinstance(error, StillRuns) and now < task.created_at + RUNS_FOR
        if task.tries >= self.tries and not runs:
            reason = f"Given up after {task.tries} tries: {error.message}"
            return replace(task, state=TaskState.FAILED, reason=reason, finished_at=now)
        due = now + timedelta(seconds=self._wait(task.tries, error, self._base(delay)))
        return replace(task, state=TaskState.WAITING, reason=error.message, due_at=due)

    def _base(self, delay: float | None) -> float:
        if self.base is not None:
            return self.base
        return USUAL if delay is None else max(delay, SHORTEST)

    def _wait(self, tries: int, error: Error, base: float) -> float:
        asked = error.retry_after
        # random, not secrets: jitter only spreads load.
        jittered = random.uniform(base / 2, min(self.cap, base * 2 ** min(tries, 64)))  # noqa: S311
        if asked is None:
            return jittered
        return max(jittered, min(self.cap, asked) + random.uniform(0, base))  # noqa: S311
