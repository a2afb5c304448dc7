"""Lists of the GitHub API: filters, pages, links, and the end after 1,000 entries of a filtered one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from typing import TypeVar
from urllib.parse import urlencode

from buildtimetrend.demo.github import documents
from buildtimetrend.demo.messages import Request
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
    """What a list is asked for. Raises ValueError for times that are none."""

    query: dict[str, str]

    @property
    def by_time_alone(self) -> bool:
        return not any(self.query.get(name) for name in _FILTERS if name != "created")

    def lets_through(self, run: Run) -> bool:
        """By all but its time."""
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
        return all(document[name] == value for name, value in wanted.items()) and (
            not status or status in known.values()
        )

    def created(self) -> tuple[float, float]:
        """The first and last second, in Unix time: of `A..B` with `*` for no end, `>=A`, a day, a second."""
        asked = self.query.get("created") or "*..*"
        first, between, last = asked.partition("..")
        if between:
            return (-inf if first == "*" else _first(first), inf if last == "*" else _last(last))
        bound = asked.lstrip("<>=")
        ranges = {
            ">=": (_first(bound), inf),
            ">": (_last(bound) + 1, inf),
            "<=": (-inf, _last(bound)),
            "<": (-inf, _first(bound) - 1),
            "": (_first(bound), _last(bound)),
        }
        return ranges[asked.removesuffix(bound)]


def _first(text: str) -> float:
    """The first second that is meant."""
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _last(text: str) -> float:
    return _first(text) + (86399 if len(text) <= len("2026-01-01") else 0)
