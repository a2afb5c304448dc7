"""Lists of builds, page by page, as version 3 of the API gives them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from buildtimetrend.demo.builds import SimulatedBuild
from buildtimetrend.demo.messages import Document, Request
from buildtimetrend.demo.travis.v3 import documents

_LIMIT, _DEFAULT_LIMIT = 100, 25
_ORDERS = ("id", "number", "started_at", "finished_at")


@dataclass(frozen=True, slots=True)
class Page:
    """What a request asks for. `of` raises `ValueError` for what is not a page."""

    path: str
    query: dict[str, str]
    limit: int
    offset: int
    order: str
    descending: bool

    @classmethod
    def of(cls, request: Request) -> Page:
        query = dict(request.query)
        limit, offset = int(query.get("limit", _DEFAULT_LIMIT)), int(query.get("offset", 0))
        order, _, direction = query.get("sort_by", "id:desc").partition(":")
        if limit < 1 or offset < 0 or order not in _ORDERS or direction not in {"", "asc", "desc"}:
            raise ValueError("wrong parameters")
        return cls(request.path, query, min(limit, _LIMIT), offset, order, direction == "desc")

    @property
    def filtered(self) -> bool:
        return any(name in self.query for name in ("branch.name", "build.event_type", "build.state"))

    def lets_through(self, build: SimulatedBuild) -> bool:
        values = {
            "branch.name": build.branch,
            "build.event_type": build.event_type,
            "build.state": build.state,
        }
        return all(
            value in self.query[name].split(",") for name, value in values.items() if name in self.query
        )

    def place(self, build: SimulatedBuild) -> int:
        """What the page's order sorts this build by."""
        times = {"started_at": build.started_at, "finished_at": build.finished_at}
        return times.get(self.order, build.id) or 0

    def cut_from(self, numbers: Sequence[int]) -> Sequence[int]:
        """This page of all the numbers, which ascend in the page's order."""
        ordered = numbers[::-1] if self.descending else numbers
        return ordered[self.offset : self.offset + self.limit]

    def document(self, builds: Sequence[SimulatedBuild], count: int, prefix: str) -> Document:
        include = documents.includes(self.query)
        return {
            "@type": "builds",
            "@href": _href(self.path, self.query),
            "@representation": "standard",
            "@pagination": self._pagination(count),
            "builds": [documents.build(each, prefix, include) for each in builds],
        }

    def _pagination(self, count: int) -> Document:
        limit, offset = self.limit, self.offset
        return {
            "limit": limit,
            "offset": offset,
            "count": count,
            "is_first": offset == 0,
            "is_last": offset + limit >= count,
            "next": self._page(offset + limit) if offset + limit < count else None,
            "prev": self._page(max(0, offset - limit)) if offset else None,
            "first": self._page(0),
            "last": self._page(max(0, (count - 1) // limit * limit)),
        }

    def _page(self, offset: int) -> Document:
        rest = {name: value for name, value in self.query.items() if name not in {"limit", "offset"}}
        where = {"limit": str(self.limit)} | ({"offset": str(offset)} if offset else {})
        return {"@href": _href(self.path, rest | where), "offset": offset, "limit": self.limit}


def _href(path: str, query: dict[str, str]) -> str:
    return f"{path}?{urlencode(query, safe=',:')}" if query else path
