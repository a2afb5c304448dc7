"""What a minute of worker time costs, by what a job asked of its runner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class Prices:
    """`per_minute` has prices by pattern, as `ubuntu-*`; the first pattern that fits one of a job's labels
    counts, without regard to case. A job that has no labels is known by its operating system.
    """

    currency: str = ""
    per_minute: Mapping[str, float] = field(default_factory=dict)

    def of(self, labels: Sequence[str]) -> float | None:
        """Of a minute; None where no pattern fits: what it costs is not guessed."""
        names = [label.lower() for label in labels]
        fitting = (
            price
            for pattern, price in self.per_minute.items()
            if any(fnmatchcase(name, pattern.lower()) for name in names)
        )
        return next(fitting, None)
