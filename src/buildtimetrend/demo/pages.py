"""A page of a list, as the APIs of GitHub and GitLab are asked for it, and the links to those around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlencode

from buildtimetrend.demo.messages import Request

LARGEST = 100
_Entry = TypeVar("_Entry")


@dataclass(frozen=True, slots=True)
class Page:
    """`reachable` are the entries that can be had, of lists that end early."""

    number: int
    size: int
    moved: int
    reachable: int | None = None

    @classmethod
    def of(cls, request: Request, size: int, reachable: int | None = None) -> Page:
        """`size` is the one that it has unless it is asked for. Raises ValueError for what are no numbers."""
        number, asked = int(request.query.get("page", 1)), int(request.query.get("per_page", size))
        return cls(max(1, number), min(max(1, asked), LARGEST), request.moved, reachable)

    def cut(self, entries: Sequence[_Entry]) -> Sequence[_Entry]:
        first = max(0, (self.number - 1) * self.size - self.moved)
        return entries[: self.reachable][first : first + self.size]

    def last(self, count: int) -> int:
        """The number of the last page of so many entries."""
        reachable = count if self.reachable is None else min(count, self.reachable)
        return max(1, -(-reachable // self.size))

    def link(self, request: Request, web: str, count: int) -> str:
        """The `Link` header; empty for a list of one page."""
        last = self.last(count)
        around = {"prev": self.number - 1, "next": self.number + 1, "first": 1, "last": last}
        return ", ".join(
            f'<{web}{request.path}?{urlencode({**request.query, "page": str(number)})}>; rel="{name}"'
            for name, number in around.items()
            if 1 <= number <= last and number != self.number
        )
