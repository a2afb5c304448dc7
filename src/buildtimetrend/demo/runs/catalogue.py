"""The runs as the API has them at this moment."""

from __future__ import annotations

import time
from collections.abc import Sequence

from buildtimetrend.demo.runs.attempts import run_of_job
from buildtimetrend.demo.runs.definitions import Repository
from buildtimetrend.demo.runs.history import RunHistory
from buildtimetrend.demo.runs.run import Place, Run, RunJob


class RunCatalogue:
    """The history, with what happens to it while the simulator runs.

    `late_by` is the time in seconds that the API needs, after a webhook, to know how a run ended: for the
    first half it says that the run's jobs still run, for the second they have ended and the run has not.
    """

    def __init__(self, history: RunHistory, late_by: float) -> None:
        self.history = history
        self._late_by = late_by
        self._notified: dict[int, float] = {}
        self._attempts: dict[int, int] = {}

    def announce(self, run: Run) -> None:
        """The run's webhook is being sent."""
        self._notified[run.id] = time.monotonic()

    def restart(self, run_id: int) -> None:
        """Run it again."""
        self._attempts[run_id] = self.finished(run_id).attempt + 1

    def finished(self, run_id: int) -> Run:
        """The run as it will be once it is done. `LookupError` if there is none."""
        found = self.history.place_of(run_id)
        if found is None:
            raise LookupError(f"there is no run {run_id}")
        return self.history.run(*found, last=self._attempts.get(run_id))

    def find(self, run_id: int, attempt: int | None = None) -> Run | None:
        """The run as the API has it; None where there is none, or not so many attempts."""
        found = self.history.place_of(run_id)
        if found is None:
            return None
        last = self._attempts.get(run_id) or self.history.attempts(*found)
        if attempt is not None and not 1 <= attempt <= last:
            return None
        run = self.history.run(*found, attempt, last)
        return self._as_known(run) if attempt in {None, last} else run

    def find_job(self, job_id: int) -> tuple[RunJob, Run] | None:
        """Of any attempt."""
        newest = self.find(run_of_job(job_id))
        attempts = range(newest.attempt, 0, -1) if newest else ()
        runs = [run for attempt in attempts if newest and (run := self.find(newest.id, attempt))]
        return next(((job, run) for run in runs for job in run.jobs if job.id == job_id), None)

    def listed(self, repository: Repository) -> Sequence[Place]:
        """Newest first."""
        return tuple(self.history.places(repository.project.slug))[::-1]

    def at(self, repository: Repository, place: Place) -> Run:
        slug = repository.project.slug
        run = self.history.run(slug, place)
        if run.id in self._attempts:
            run = self.history.run(slug, place, last=self._attempts[run.id])
        return self._as_known(run)

    def _as_known(self, run: Run) -> Run:
        notified_at = self._notified.get(run.id)
        if notified_at is None or (since := time.monotonic() - notified_at) >= self._late_by:
            return run
        return run.running() if since < self._late_by / 2 else run.lagging()
