"""A worker for a CI that answers at once, with builds without jobs: what is left is the worker's own time."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from buildtimetrend import logging_setup, settings
from buildtimetrend.model import Build, BuildRef, Hook, Result
from buildtimetrend.process import SWITCH
from buildtimetrend.providers.base import Provider, Received, Selection, SetUp
from buildtimetrend.store import open_store
from buildtimetrend.tasks import Retries
from buildtimetrend.tasks.broker.worker import Worker

EMPTY = "empty"


@dataclass(frozen=True)
class NoSettings:
    url: str = "https://empty.example"


class EmptyCI(Provider):
    kind = name = EMPTY
    title = "Empty CI"
    settings = NoSettings
    address = "url"
    states: ClassVar[Mapping[str, Result | None]] = {"passed": Result.PASSED}
    instance = "https://empty.example"
    delay = 0.0

    def __init__(self) -> None: ...

    def receive(self, request: Received) -> Hook:
        raise NotImplementedError

    def fetch(self, ref: BuildRef) -> Build:
        now = datetime.now(UTC)
        return Build(
            provider=self.kind,
            instance=self.instance,
            repo=ref.repo,
            id=ref.id or "",
            number=ref.number or "",
            result=Result.PASSED,
            raw_result="passed",
            started_at=now,
            finished_at=now,
        )

    def select(self, repo: str, selection: Selection) -> Iterator[BuildRef]:  # noqa: ARG002
        return iter(())

    def set_up(self, hook: str) -> SetUp:
        raise NotImplementedError

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
