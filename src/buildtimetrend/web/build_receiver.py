"""Stores builds that others have collected: pushed as JSON, or by a `RemoteStore`."""

from __future__ import annotations

from concurrent.futures import Future

from buildtimetrend.errors import Forbidden
from buildtimetrend.ingest import trimmed
from buildtimetrend.model import Build, Task
from buildtimetrend.store.futures import then
from buildtimetrend.web.context import Context
from buildtimetrend.web.metrics import Metrics

# Seconds that each of several builds which came together waits for the others, to share a commit.
PATIENCE = 0.01


class BuildReceiver:
    """Stores a build as the settings want it, counts it, and tells whoever waits for builds."""

    def __init__(self, context: Context, metrics: Metrics) -> None:
        self._context = context
        self._metrics = metrics

    def save(
        self, build: Build, task: Task | None = None, *, together: bool = False, from_keen: bool = False
    ) -> Future[int]:
        """See `Store.save`. What comes from Keen.io is not sent there.

        Raises `Forbidden` for a repo that the settings do not allow.
        """
        settings = self._context.settings
        if not settings.allows(build.repo):
            raise Forbidden(f"The settings of this service do not allow {build.repo}.", detail="repo")
        kept = trimmed(build, settings.detail_of(build.repo))
        send = settings.sends_to_keen and not from_keen
        patience = PATIENCE if together else 0.0
        saved = self._context.store.save(kept, task, patience=patience, send=send)

        def landed(attempt: int) -> int:
            self._metrics.saved(build.repo)
            self._context.tasks.saved(build.repo)
            return attempt

        return then(saved, landed)
