"""What an engine promises. `tests/store/` holds every engine to it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from buildtimetrend.model import Build, Delivery, Import, Task, Value
from buildtimetrend.store.clock import Clock
from buildtimetrend.store.kept_jobs import KeptJobs
from buildtimetrend.store.limits import Limits

Table: TypeAlias = dict[str, list[Value]]  # columns by name, all of one length
Statement: TypeAlias = tuple[str, Mapping[str, Value]]  # SQL with `$name` parameters, and these


def rows(table: Table) -> list[dict[str, Any]]:
    """A table as rows, for whoever lists them one by one."""
    return [dict(zip(table, values, strict=True)) for values in zip(*table.values(), strict=True)]


Part: TypeAlias = tuple[str, Table]  # rows of the table of that name


@dataclass(frozen=True, slots=True)
class Pushing:
    """How builds get to another instance, where that one keeps the store."""

    token: str = ""  # its `admin_token`
    outbox: Path | None = None  # folder of builds that it lacks; None: one in the user's data folder
    outbox_size: int = 256 * 1024**2  # bytes


@dataclass(frozen=True, slots=True)
class Repaired:
    """`what` was wrong, as a sentence; `kept` are copies of all that was there."""

    what: str
    kept: Sequence[Path]


class Store(Protocol):
    """Keeps builds, deliveries, tasks and imports for good.

    Every write returns a future at once; when that is done, the write is on disk. Writes take effect in the
    order in which they are made, and those of several threads share a commit. A write that fails raises a
    `StoreError` from its future alone, never from its neighbours'. All methods may be called from any thread;
    a future's callback must not wait for another write, and `select` blocks for milliseconds: never call it
    on an event loop.
    """

    url: str
    shared: bool  # whether several processes may write to it
    clock: Clock  # the one that all of them go by

    @property
    def kept_jobs(self) -> KeptJobs | None:
        """Of a store that nobody else writes to."""
        ...

    def select(
        self, sql: str, params: Mapping[str, Value] | None = None, limits: Limits | None = None
    ) -> Table:
        """Answer one query, written in the SQL that DuckDB and PostgreSQL share, with `$name` parameters.

        Instants come back as UTC datetimes, numbers as int or float. An answer beyond the limits is an error
        before it is in memory.
        """
        ...

    def save(
        self, build: Build, task: Task | None = None, *, patience: float = 0.0, send: bool = False
    ) -> Future[int]:
        """Store a build with its jobs and steps, whole or not at all, and its task's new state with it.

        Replaces what an earlier save of the same provider, instance, repo, build and attempt stored. The
        future's value is the attempt that it was stored as, or 0 if what is stored is newer: then only the
        task changes. Where the CI does not number attempts, an attempt holds the jobs that ran in it: those
        that a restart left alone stay in the earlier one.

        Commits cost more than what is in them: with `patience` the build may wait that many seconds for
        others to share one. With `send` it is noted, in the same transaction, as still to be sent to Keen.io
        (`store/statements/keen_outbox.py`).
        """
        ...

    def on_saved(self, callback: Callable[[str], None]) -> None:
        """Call with what the store calls its repo for each build that this process has saved: once it is on
        disk, before its future is done, from any thread. The callback must not wait.

        What others save `reads.saved_builds` tells, for a while.
        """
        ...

    def accept(self, delivery: Delivery, task: Task | None) -> Future[bool]:
        """Store a delivery, and the task that it causes. False, and nothing stored, if its id is known."""
        ...

    def add_tasks(self, tasks: Sequence[Task], batch: Import | None = None) -> Future[None]:
        """Store new tasks, with the import that they belong to, in one transaction."""
        ...

    def update_task(self, task: Task) -> Future[None]:
        """Store a task's new state, tries, reason and times."""
        ...

    def claim(self, task_id: str, claimer: str, now: datetime, until: datetime) -> Future[bool]:
        """Take a task that is due: it runs, with one try more, and is the claimer's until then.

        False, and nothing changed, if there is none, it has ended, is not due, or is another's whose time has
        not run out: of all who ask at the same time one alone gets it.
        """
        ...

    def unsent(self, now: datetime, sent_before: datetime, limit: int) -> Future[list[str]]:
        """Ids of open tasks that are due and nobody's, the most urgent first, and now noted as sent.

        Those that were sent since they are due are left out, unless that was before `sent_before`: then
        their message may be lost. Of sweeps and imports there are at most `limit`, repos in turn. Of all who
        ask at the same time one alone gets an id.
        """
        ...

    def execute(self, statements: Sequence[Statement]) -> Future[list[int]]:
        """Run statements that change rows, in the SQL of `select`, all or none; how many rows each changed.

        For the tables of those who ask alone, and the statements of `claims` and `presence`.
        """
        ...

    def stream(
        self, sql: str, params: Mapping[str, Value] | None = None, *, rows: int = 10_000
    ) -> Generator[Table, None, None]:
        """The answer to a query in pieces of so many rows, for one that does not fit into memory.

        Cells of arrays come as lists.
        """
        ...

    def append(self, parts: Callable[[], Iterable[Part]]) -> Future[int]:
        """Add rows to tables as they are, in one transaction, whose keys nothing stored has; how many.

        `parts` is called once for each try, on another thread; what it yields is held in memory one by one.
        Keys that are given out later go on from those that are added.
        """
        ...

    def open_tasks(self) -> list[Task]:
        """Tasks that are neither done, failed nor canceled, oldest first: what a restart resumes."""
        ...

    def prune(self, before: datetime) -> Future[int]:
        """Drop deliveries, finished tasks and their imports from before then; the value is how many rows."""
        ...

    def ready(self) -> None:
        """Raises `StoreError` while nothing can be read, or stored. Blocks for milliseconds."""
        ...

    def size(self) -> int:
        """Bytes that the store takes on disk; 0 for one that lasts as long as the process."""
        ...

    def close(self) -> None:
        """Finish the queued writes, then release the engine. Idempotent."""
        ...
