"""Whether builds pass more or less often because of some jobs, or as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from buildtimetrend.findings.outcomes.passing_series import Changed, PipelinePassing

MOST_OF_IT = 0.5  # of the builds that did not pass: jobs that failed in so many are the cause


@dataclass(frozen=True, slots=True)
class PassingCause:
    """What changed together. It is `told` of the jobs that are `named`, the worst first, or of builds where
    none is. `failing` are places of the builds that did not pass while more did so.
    """

    changes: Sequence[Changed]
    of_builds: Changed | None
    named: Sequence[Changed]
    failing: Sequence[int]
    times: Counter[str]  # by job, in how many of those it failed

    @property
    def told(self) -> Changed:
        [told, *_] = self.named or self.changes
        return told

    @property
    def jobs(self) -> list[str]:
        """Those that it is told of; of builds the one that failed in half or more of what did not pass."""
        if self.named:
            return [change.of.thing.job for change in self.named]
        return [job for job, times in self._worst if times >= MOST_OF_IT * len(self.failing)]

    @property
    def _worst(self) -> list[tuple[str, int]]:
        return sorted(self.times.items(), key=lambda one: (one[1], one[0]))[-1:]


def explained_by_jobs(changes: Sequence[Changed], here: PipelinePassing) -> PassingCause:
    """By the jobs among what changed, where they failed in half or more of the builds that did not pass."""
    of_builds = next((change for change in changes if change.of is here.builds), None)
    jobs = _of_jobs(changes, of_builds)
    widest = of_builds or min(jobs, key=lambda change: change.span.start)
    failing = here.failing(widest.span)
    times = Counter(job for place in failing for job in here.failed.get(place, ()))
    moved = {change.of.thing.job for change in jobs}
    explains = sum(bool(moved & here.failed.get(place, frozenset())) for place in failing)
    if of_builds and explains < MOST_OF_IT * len(failing):
        return PassingCause([of_builds, *jobs], of_builds, (), failing, times)
    jobs.sort(key=lambda change: (-times[change.of.thing.job], change.of.thing.job))
    return PassingCause(changes, of_builds, jobs, failing, times)


def _of_jobs(changes: Sequence[Changed], of_builds: Changed | None) -> list[Changed]:
    """Of each the change that is the largest."""
    largest: dict[str, Changed] = {}
    for change in changes:
        job = change.of.thing.job
        known = largest.get(job)
        if change is not of_builds and (known is None or abs(change.move.seconds) > abs(known.move.seconds)):
            largest[job] = change
    return list(largest.values())
