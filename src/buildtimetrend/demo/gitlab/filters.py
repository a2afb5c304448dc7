"""What lists of pipelines are filtered by, and the headers of their pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from buildtimetrend.demo.gitlab import documents
from buildtimetrend.demo.messages import Request
from buildtimetrend.demo.pages import Page
from buildtimetrend.demo.runs.run import Run

_BOUNDS = ("created_after", "created_before", "updated_after", "updated_before")


def headers(page: Page, request: Request, web: str, count: int) -> dict[str, str]:
    last = page.last(count)
    return {
        "link": page.link(request, web, count),
        "x-page": str(page.number),
        "x-per-page": str(page.size),
        "x-total": str(count),
        "x-total-pages": str(last),
        "x-next-page": str(page.number + 1) if page.number < last else "",
        "x-prev-page": str(page.number - 1) if page.number > 1 else "",
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
