"""What lists of runs are filtered by; a filtered one ends after 1,000 entries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf

from buildtimetrend.demo.github import documents
from buildtimetrend.demo.messages import Request
from buildtimetrend.demo.pages import Page
from buildtimetrend.demo.runs.run import Run

LONGEST_FILTERED = 1000
_FILTERS = ("actor", "branch", "check_suite_id", "created", "event", "head_sha", "status")


def page_of(request: Request) -> Page:
    """Raises ValueError for what are no numbers."""
    filtered = any(request.query.get(name) for name in _FILTERS)
    return Page.of(request, 30, LONGEST_FILTERED if filtered else None)


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
