"""What a dialect makes of a log."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from buildtimetrend.model import Exit, Step, Worker

NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class ParsedLog:
    """Steps in the order of the log, by where they start; sum only those of depth 0.

    `dropped` counts the timed blocks that were left out because the log has too many.
    """

    steps: tuple[Step, ...]
    worker: Worker
    exit: Exit
    bytes_read: int
    dropped: int

    @property
    def language(self) -> str | None:
        """What the CI took the project for, by its log."""
        return self.worker.facts.get("Build language")

    def as_json(self) -> dict[str, object]:
        """The steps, the worker and the exit as JSON values; instants in ISO 8601 with nanoseconds."""
        return {
            "steps": [_step_as_json(step) for step in self.steps],
            "worker": {
                **asdict(self.worker),
                "facts": dict(self.worker.facts),
                "labels": list(self.worker.labels),
            },
            "exit": asdict(self.exit),
        }


def _step_as_json(step: Step) -> dict[str, object]:
    return {
        "name": step.name,
        "phase": step.phase,
        "command": step.command,
        "started_at": iso(step.started_ns),
        "finished_at": iso(step.finished_ns),
        "duration": step.duration,
        "depth": step.depth,
    }


def iso(ns: int) -> str:
    """`2018-01-01T00:00:00.123456789Z` for nanoseconds since 1970, up to the year 9999."""
    seconds, rest = divmod(ns, NS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"
