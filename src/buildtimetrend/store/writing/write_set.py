"""What one write stores, and how an engine stores a group of them inside its transaction."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from buildtimetrend.store.base import Part, Statement
from buildtimetrend.store.rows import BuildKey, EncodedBuild, Row


@dataclass(frozen=True, slots=True)
class UnsentTasks:
    """See `Store.unsent`."""

    now: datetime
    sent_before: datetime
    limit: int


@dataclass(frozen=True, slots=True)
class WriteSet:
    """What one write stores, as rows; the value of its future follows from the part that it is about."""

    build: EncodedBuild | None = None
    outbox: Row | None = None  # of the build: that it is to be sent on
    delivery: Row | None = None
    tasks: Sequence[Row] = ()  # in any state, new or not
    new_tasks: Sequence[Row] = ()
    batch: Row | None = None
    prune: datetime | None = None
    statements: Sequence[Statement] | None = None
    claimed: str | None = None  # id of the one task that the statements are about
    unsent: UnsentTasks | None = None
    append: Callable[[], Iterable[Part]] | None = None

    @property
    def repeatable(self) -> bool:
        """Whether it may be forgotten again: who has a task, and that its message was sent."""
        return bool(self.claimed or self.unsent)

    @property
    def keys(self) -> list[object]:
        """What it writes: two changes of one transaction share none."""
        keys: list[object] = [("task", row[0]) for row in (*self.tasks, *self.new_tasks)]
        if self.build:
            keys.append(("build", *self.build.key))
        if self.delivery:
            keys.append(("delivery", self.delivery[0]))
        if self.batch:
            keys.append(("import", self.batch[0]))
        if self.claimed:
            keys.append(("task", self.claimed))
        elif self.statements or self.unsent:
            keys.append("statements")
        return keys


@dataclass(frozen=True, slots=True)
class Saved:
    """The attempt that a build was saved as, 0 when what is stored is newer; and what its repo is called."""

    attempt: int
    repo: str


class Builds(Protocol):
    """An engine's builds, jobs and steps."""

    def save(self, builds: Sequence[EncodedBuild]) -> Mapping[BuildKey, Saved]:
        """Store builds of different keys."""
        ...


class Work(Protocol):
    """An engine's deliveries, tasks and imports."""

    def add_deliveries(self, rows: Sequence[Row]) -> set[str]:
        """Store deliveries with an id that is not stored yet; those ids."""
        ...

    def put_imports(self, rows: Sequence[Row]) -> None: ...

    def put_outbox(self, rows: Sequence[Row]) -> None:
        """Note builds as still to be sent on; one that is in an outbox already has been saved since."""
        ...

    def add_tasks(self, rows: Sequence[Row]) -> None:
        """Store tasks whose ids are new, which is cheaper than to find out."""
        ...

    def put_tasks(self, rows: Sequence[Row]) -> None:
        """Store tasks, or their new state; each at most once."""
        ...

    def prune(self, before: datetime) -> int:
        """Drop finished tasks and deliveries from before then, and imports that are left without tasks."""
        ...

    def unsent(self, now: datetime, sent_before: datetime, limit: int) -> list[str]: ...

    def append(self, parts: Iterable[Part]) -> int:
        """Add rows as they are; how many."""
        ...

    def run(self, statement: Statement) -> int:
        """How many rows it changed."""
        ...


def apply(changes: Sequence[WriteSet], builds: Builds, work: Work) -> list[object]:
    """Make the changes, which share no key; one value for each. All in the caller's transaction."""
    new = work.add_deliveries([change.delivery for change in changes if change.delivery])
    live = [change for change in changes if change.delivery is None or change.delivery[0] in new]
    saved = builds.save([change.build for change in live if change.build])
    work.put_outbox([change.outbox for change in live if change.outbox])
    work.put_imports([change.batch for change in live if change.batch])
    work.add_tasks([row for change in live for row in change.new_tasks])
    work.put_tasks([row for change in live for row in change.tasks])
    return [_value(change, new, saved, work) for change in changes]


def _value(change: WriteSet, new: set[str], saved: Mapping[BuildKey, Saved], work: Work) -> object:  # noqa: PLR0911
    if change.build:
        return saved[change.build.key]
    if change.delivery:
        return change.delivery[0] in new
    if change.prune:
        return work.prune(change.prune)
    if change.append:
        return _append(change.append(), work)
    if change.unsent:
        return work.unsent(change.unsent.now, change.unsent.sent_before, change.unsent.limit)
    if change.statements is not None:
        return [work.run(statement) for statement in change.statements]
    return None


def _append(parts: Iterable[Part], work: Work) -> int:
    try:
        return work.append(parts)
    finally:
        if isinstance(parts, Generator):
            parts.close()  # an error would keep it, and what it reads from could not be closed
