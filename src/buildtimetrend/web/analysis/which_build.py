"""Which of several builds with one number is meant: each pipeline, and each instance of a CI, has its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Which:
    """`pipeline` is a reference, as `filter_pipeline` takes it; `id` is the CI's own of the build. What is
    empty says nothing.
    """

    pipeline: str = ""
    instance: str = ""
    id: str = ""

    def is_meant(self, build: Mapping[str, Any], pipelines: Collection[int]) -> bool:
        """Whether it may be this one, a row of `builds`; `pipelines` are those that the reference names."""
        return (
            (not self.pipeline or build["pipeline_id"] in pipelines)
            and self.instance in ("", build["instance"])
            and self.id in ("", build["build_id"])
        )

    @property
    def told(self) -> str:
        """What it says, within a sentence."""
        said = [("of pipeline", self.pipeline), ("at", self.instance), ("with id", self.id)]
        return "".join(f" {word} {value}" for word, value in said if value)


def several(attempts: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The last attempt of each of the builds that these are of, the latest build first."""
    last = {(row["instance"], row["build_id"]): row for row in attempts}
    return sorted(
        last.values(), key=lambda row: str(row["finished_at"] or row["started_at"] or ""), reverse=True
    )
