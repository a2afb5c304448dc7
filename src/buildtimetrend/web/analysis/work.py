"""How builds come here, as pages and API show it: imports, tasks, webhooks, workers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from buildtimetrend.errors import NotFound
from buildtimetrend.model import TaskState
from buildtimetrend.providers import provider_of
from buildtimetrend.store import reads
from buildtimetrend.store.base import Table, rows
from buildtimetrend.web.analysis.reasons import grouped
from buildtimetrend.web.context import Context
from buildtimetrend.web.imports import RECENT, finishes_at
from buildtimetrend.web.metrics import ALIVE
from buildtimetrend.web.repos import KnownRepos


class Work:
    """Asked for each time. Every method blocks for milliseconds: call it on a thread."""

    def __init__(self, context: Context, repos: KnownRepos) -> None:
        self._store = context.store
        self._tasks = context.tasks
        self._providers = context.providers
        self._repos = repos

    def imports(self, limit: int, offset: int = 0) -> list[dict[str, Any]]:
        """The newest imports of repos that may be shown, with their progress."""
        return self._expected(self._shown(reads.imports(self._store, limit, offset)))

    def one_import(self, import_id: str) -> dict[str, Any]:
        """One import's progress. Raises `NotFound`."""
        found = self._shown(reads.one_import(self._store, import_id))
        if not found:
            raise NotFound(f"There is no import {import_id}.", detail="import_id")
        return self._expected(found)[0]

    def latest_import(self, provider: str, repo: str) -> dict[str, Any] | None:
        """The newest import of a repo from a kind of CI, with its progress; None without one."""
        found = self._expected(self._shown(reads.latest_import(self._store, provider, repo)))
        return found[0] if found else None

    def import_tasks(
        self, import_id: str, limit: int, offset: int, state: TaskState | None
    ) -> list[dict[str, Any]]:
        """An import's tasks in the order of their builds. Raises `NotFound`."""
        self.one_import(import_id)
        return rows(reads.import_tasks(self._store, import_id, limit, offset, state))

    def tasks(self, states: Sequence[TaskState], limit: int) -> list[dict[str, Any]]:
        """The newest tasks in any of these states, of repos that may be shown."""
        return self._shown(reads.tasks(self._store, states, limit))

    def queue(self) -> dict[str, Any]:
        """What waits and runs, in store and broker, and the processes that collect builds for this store."""
        now = self._store.clock.now()
        return {
            "tasks": dict(self._tasks.depth()),
            "messages": dict(self._tasks.messages()),
            "workers": [_with_clock(row) for row in reads.workers(self._store, now - ALIVE)],
            "clock_ahead_by": round(self._store.clock.difference, 1),
        }

    def failures(self) -> list[dict[str, Any]]:
        """Failed tasks by import, repo and reason, of repos that may be shown."""
        return self._shown(reads.failures(self._store))

    def deliveries(self, provider: str, repo: str, limit: int) -> list[dict[str, Any]]:
        """The last webhooks of a repo from a kind of CI, newest first."""
        return rows(reads.deliveries(self._store, provider, repo, limit))

    def swept(self, since: datetime) -> list[dict[str, Any]]:
        """What this service asked for by itself since then, by repo, of those that may be shown."""
        return self._shown(reads.swept(self._store, since))

    def last_deliveries(self) -> dict[tuple[str, str | None], datetime]:
        """When the last webhook of each CI came, by its kind and address."""
        found = rows(reads.last_deliveries(self._store))
        return {(row["provider"], row["instance"]): row["received_at"] for row in found}

    def troubles(self) -> list[dict[str, Any]]:
        """Why tasks failed or wait for another try, by repo and reason, of repos that may be shown."""
        return self._shown(reads.troubles(self._store))

    def failed_ids(self, import_id: str | None, limit: int) -> list[str]:
        """The latest failed tasks, of an import or of all, of repos that may be shown."""
        return [row["id"] for row in self._shown(reads.failed_ids(self._store, import_id, limit))]

    def _expected(self, imports: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """With `finishes_at`, when an open import may end, null when that is not known; the `reasons` why
        builds failed or wait for another try; whether the repo is `known`: whether it has builds here;
        whether the import is `current`: whether the settings name the CI that its builds are of; and how many
        `requests` that was sent, and its `rate_limit`.
        """
        now = datetime.now(UTC)
        paces = {row["import_id"]: row for row in rows(reads.pace(self._store, now - RECENT))}
        reasons: dict[str, list[dict[str, Any]]] = {found["id"]: [] for found in imports}
        for row in rows(reads.import_reasons(self._store, list(reasons))) if reasons else ():
            reasons[row["import_id"]].append(row)
        return [
            found
            | {
                "finishes_at": finishes_at(found, paces.get(found["id"]), now),
                "reasons": grouped(reasons[found["id"]]),
                "known": self._repos.find(found["repo"]) is not None,
                **self._of_ci(found["provider"], found["instance"], now),
            }
            for found in imports
        ]

    def _of_ci(self, provider: str, instance: str | None, now: datetime) -> dict[str, Any]:
        """What is told of an import's CI; of requests only where this process alone sends them."""
        ci = provider_of(self._providers, provider, instance)
        asks = ci is not None and not self._tasks.messages()
        limit = ci.rate_limit() if ci and asks else None
        return {
            "current": ci is not None,
            "requests": ci.requests() if ci and asks else None,
            "rate_limit": asdict(limit.at(now)) if limit else None,
        }

    def _shown(self, table: Table) -> list[dict[str, Any]]:
        return self._repos.shown(rows(table))


def _with_clock(worker: dict[str, Any]) -> dict[str, Any]:
    """With `clock_ahead_by`, in seconds, in place of `shown_at`."""
    shown = worker.pop("shown_at")
    ahead = None if shown is None else round((shown - worker["seen_at"]).total_seconds(), 1)
    return worker | {"clock_ahead_by": ahead}
