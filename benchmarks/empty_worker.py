"""A worker for a CI that answers at once, with builds without jobs: what is left is the worker's own time."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from buildtimetrend import logging_setup, settings
from buildtimetrend.bootstrap import SWITCH
from buildtimetrend.model import Build, BuildRef, Hook, Job, Result
from buildtimetrend.providers.base import JobLog
from buildtimetrend.store import open_store
from buildtimetrend.tasks import Retries
from buildtimetrend.tasks.broker.worker import Worker

EMPTY = "empty"


class EmptyCI:
    name = EMPTY
    instance = "https://empty.example"
    dialect = "travis"
    default_language: str | None = None

    def receive(self, headers: Mapping[str, str], body: bytes) -> Hook:
        raise NotImplementedError

    def fetch(self, ref: BuildRef) -> Build:
        now = datetime.now(UTC)
        return Build(
            provider=self.name,
            instance=self.instance,
            repo=ref.repo,
            id=ref.id or "",
            number=ref.number or "",
            result=Result.PASSED,
            raw_result="passed",
            started_at=now,
            finished_at=now,
        )

    def log(self, job: Job) -> JobLog:
        raise NotImplementedError

    def recent(self, repo: str) -> Iterable[BuildRef]:  # noqa: ARG002
        return []

    def numbers(self, repo: str, first: int, last: int) -> Iterable[BuildRef]:  # noqa: ARG002
        return []

    def close(self) -> None: ...


def main() -> int:
    loaded = settings.load().settings
    logging_setup.set_up(loaded)
    sys.setswitchinterval(SWITCH)
    store = open_store(loaded.store_url)
    try:
        return Worker(loaded, store, {EMPTY: EmptyCI()}, Retries()).run()
    finally:
        store.close()


if __name__ == "__main__":
    sys.exit(main())
