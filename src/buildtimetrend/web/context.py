"""What every route needs, handed over once by `create_app`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from buildtimetrend.keen.exchange.sink import SinkFigures
from buildtimetrend.model import BuildRef, Delivery, Import, Origin, Task
from buildtimetrend.providers.base import Provider
from buildtimetrend.settings import Settings
from buildtimetrend.store.base import Store


class Tasks(Protocol):
    """Collects builds in the background. When a future is done, what was asked for is on disk."""

    def accept(self, delivery: Delivery, ref: BuildRef | None) -> Future[bool]:
        """Store a delivery, with a task unless `ref` is None; False when it is a replay."""
        ...

    def schedule(
        self, refs: Sequence[BuildRef], origin: Origin, *, spacing: float = 0.0, batch: Import | None = None
    ) -> Future[list[Task]]:
        """One task per build, due `spacing` seconds after the one before."""
        ...

    def retry(self, task_id: str) -> Future[Task]:
        """Blocks for milliseconds; raises `NotFound` when no failed or canceled task has that id."""
        ...

    def cancel(self, import_id: str) -> Future[int]: ...

    def depth(self) -> Mapping[str, int]:
        """Open tasks, as `waiting.hook` or `running.import`. May block for milliseconds."""
        ...

    def messages(self) -> Mapping[str, int | None]:
        """Messages that wait in the broker, by its kind; None while it is away. Empty without a broker."""
        ...

    def running(self) -> bool: ...

    def on_saved(self, callback: Callable[[str], None]) -> None:
        """Call with what the store calls a repo, from any thread, when a build of it has landed there, by
        whatever process.
        """
        ...


@dataclass(frozen=True, slots=True)
class Context:
    settings: Settings
    store: Store
    providers: Mapping[str, Provider]
    tasks: Tasks
    keen_sink: SinkFigures | None = None  # where stored builds are sent to Keen.io as well
