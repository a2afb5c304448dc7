"""Lists of the GitLab API: filters, order and pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import urlencode

from buildtimetrend.demo.gitlab import documents
from buildtimetrend.demo.messages import Request
from buildtimetrend.demo.runs.run import Run

_Entry = TypeVar("_Entry")
_BOUNDS = ("created_after", "created_before", "updated_after", "updated_before")


@dataclass(frozen=True, slots=True)
class Page:
    number: int
    size: int
    moved: int

    @classmethod
    def of(cls, request: Request) -> Page:
        """Raises ValueError for what are no numbers."""
        number, size = int(request.query.get("page", 1)), int(request.query.get("per_page", 20))
        return cls(max(1, number), min(max(1, size), 100), request.moved)

    def cut(self, entries: Sequence[_Entry]) -> Sequence[_Entry]:
        first = max(0, (self.number - 1) * self.size - self.moved)
        return entries[first : first + self.size]

    def headers(self, request: Request, base: str, count: int) -> dict[str, str]:
        last = max(1, -(-count // self.size))
        around = {"prev": self.number - 1, "next": self.number + 1, "first": 1, "last": last}
        links = [
            f'<{base}?{urlencode({**request.query, "page": str(number)})}>; rel="{name}"'
            for name, number in around.items()
            if 1 <= number <= last
        ]
        return {
            "link": ", ".join(links),
            "x-page": str(self.number),
            "x-per-page": str(self.size),
            "x-total": str(count),
            "x-total-pages": str(last),
            "x-next-page": str(self.number + 1) if self.number < last else "",
            "x-prev-page": str(self.number - 1) if self.number > 1 else "",
        }


@dataclass(frozen=True, slots=True)
class Filter:
    """Raises ValueError for a time that is none."""

    query: dict[str, str]

    @property
    def plain(self) -> bool:
        """Whether it asks for no more than the children, or the others."""
        names = {"status", "ref", "sha", *_BOUNDS}
        return not names & self.query.keys() and self.query.get("source") in {None, "parent_pipeline"}

    def lets_through(self, run: Run) -> bool:
        document = documents.pipeline(run, "")
        bounds = {name: datetime.fromisoformat(self.query[name]) for name in _BOUNDS if name in self.query}
        return all(
            document[name] == self.query[name]
            for name in ("status", "ref", "sha", "source")
            if name in self.query
        ) and all(_within(name, bound, run) for name, bound in bounds.items())


def _within(name: str, bound: datetime, run: Run) -> bool:
    second = run.created_at if name.startswith("created") else run.updated_at
    at = datetime.fromtimestamp(second, UTC)
    aware = bound if bound.tzinfo else bound.replace(tzinfo=UTC)
    return at > aware if name.endswith("after") else at < aware
