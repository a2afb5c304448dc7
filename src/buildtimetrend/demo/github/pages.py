"""Lists of the GitHub API: filters, pages, links, and the end after 1,000 entries of a filtered one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from urllib.parse import urlencode

from buildtimetrend.demo.github import documents
from buildtimetrend.demo.messages import Request, iso
from buildtimetrend.demo.runs.run import Run

LONGEST_FILTERED = 1000
_FILTERS = ("actor", "branch", "check_suite_id", "created", "event", "head_sha", "status")
_Entry = TypeVar("_Entry")


@dataclass(frozen=True, slots=True)
class Page:
    number: int
    size: int
    moved: int
    cap: int | None

    @classmethod
    def of(cls, request: Request) -> Page:
        number, size = (_natural(request, name, default) for name, default in (("page", 1), ("per_page", 30)))
        capped = any(request.query.get(name) for name in _FILTERS)
        return cls(number, min(size, 100), request.moved, LONGEST_FILTERED if capped else None)

    def cut(self, entries: Sequence[_Entry]) -> Sequence[_Entry]:
        reachable = entries[: self.cap]
        first = max(0, (self.number - 1) * self.size - self.moved)
        return reachable[first : first + self.size]

    def links(self, request: Request, base: str, count: int) -> dict[str, str]:
        """The header; none for a list of one page."""
        reachable = min(count, self.cap) if self.cap else count
        last = max(1, -(-reachable // self.size))
        around = {"prev": self.number - 1, "next": self.number + 1, "first": 1, "last": last}
        wanted = {
            name: number
            for name, number in around.items()
            if 1 <= number <= last
            and not (name == "first" and self.number == 1)
            and not (name == "last" and self.number == last)
        }
        links = (
            f'<{base}?{urlencode({**request.query, "page": str(number)})}>; rel="{name}"'
            for name, number in wanted.items()
        )
        return {"link": ", ".join(links)} if wanted else {}


def _natural(request: Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    return max(1, int(text)) if text.isdecimal() else default


@dataclass(frozen=True, slots=True)
class Filter:
    query: dict[str, str]

    def lets_through(self, run: Run) -> bool:
        document = {
            "branch": run.pull.branch if run.pull else run.tag or run.branch,
            "event": documents.event(run),
            "actor": run.commit.author.partition(" ")[0].lower(),
            "head_sha": run.commit.sha,
            "check_suite_id": str(run.id),
        }
        wanted = {name: value for name, value in self.query.items() if name in document and value}
        status = self.query.get("status")
        known = documents.status(run.state)
        return (
            all(document[name] == value for name, value in wanted.items())
            and (not status or status in known.values())
            and (not self.query.get("created") or self._created(iso(run.created_at) or ""))
        )

    def _created(self, at: str) -> bool:
        """`A..B` with both included and `*` for no end, `>=A` and the like, or one day or second."""
        asked = self.query["created"]
        first, between, last = asked.partition("..")
        if between:
            return (first == "*" or at >= _first(first)) and (last == "*" or at <= _last(last))
        bound = asked.lstrip("<>=")
        match asked.removesuffix(bound):
            case ">=":
                return at >= _first(bound)
            case ">":
                return at > _last(bound)
            case "<=":
                return at <= _last(bound)
            case "<":
                return at < _first(bound)
        return _first(bound) <= at <= _last(bound)


def _first(text: str) -> str:
    """The first second that is meant, in UTC."""
    at = datetime.fromisoformat(text)
    return f"{(at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _last(text: str) -> str:
    if len(text) > len("2026-01-01"):
        return _first(text)
    return f"{datetime.fromisoformat(text) + timedelta(seconds=86399):%Y-%m-%dT%H:%M:%SZ}"
