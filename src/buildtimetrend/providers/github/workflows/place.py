"""Where a workflow file is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A file in a repo at a commit, tag or branch; without one at the head of the main branch."""

    repo: str
    path: str
    ref: str | None

    @property
    def file(self) -> tuple[str, str]:
        """Without the commit."""
        return (self.repo.lower(), self.path)
