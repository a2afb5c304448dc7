"""A project's pipelines, newest first, page by page; and the way to one number without reading them all.

Pages are somebody else's word: each must lead on, and there is an end to how many are read. Children of other
pipelines are listed apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import chain

import structlog

from buildtimetrend.providers.base import Numbers, Period
from buildtimetrend.providers.budget import Budget
from buildtimetrend.providers.gitlab.api import PAGE, Api, Circle
from buildtimetrend.providers.gitlab.pipelines import Pipeline, pipeline_of
from buildtimetrend.providers.gitlab.places import project_path
from buildtimetrend.providers.gitlab.words import CHILD
from buildtimetrend.providers.kept import Kept

MOST_PAGES = 250  # for the newest, and beyond those that a range of numbers needs
MOST_JUMPS = 40
GUESSES = 3
EARLIER = 20  # pipelines in a row that were made before a period, after which none in it is expected
_END = 10**7
_LOGGER = structlog.get_logger(__name__)


class Listing:
    """`kept` gets what is listed, for who fetches it later. Safe to use from several threads."""

    def __init__(self, api: Api, budget: Budget, kept: Kept[tuple[str, str], Pipeline]) -> None:
        self._api = api
        self._budget = budget
        self._kept = kept

    def newest(self, repo: str, query: Mapping[str, str] | None = None) -> Iterator[Pipeline]:
        """All there are, as far as pages are read. The newest is known before children are asked for."""
        listed = self._to_its_end(self._walk(repo, dict(query or {}), 1, MOST_PAGES))
        first = next(listed, None)
        if first is None:
            return
        yield first
        children = self._to_its_end(self._children(repo, dict(query or {})))
        yield from _merged(listed, children)

    def numbered(self, repo: str, numbers: Numbers) -> Iterator[Pipeline]:
        """From the last downwards."""
        most = MOST_PAGES + (numbers.last - numbers.first) // PAGE
        return _merged(
            self._from(repo, {}, numbers, most), self._from(repo, {"source": CHILD}, numbers, most)
        )

    def within(self, repo: str, period: Period) -> Iterator[Pipeline]:
        """Those that were made in a period. What was made in it was changed since."""
        query = {"updated_after": _stamp(period.since - timedelta(seconds=1))}
        return begun_in(period, self.newest(repo, query))

    def changed_since(self, repo: str, since: datetime) -> Iterator[Pipeline]:
        return self.newest(repo, {"updated_after": _stamp(since)})

    def of_commit(self, repo: str, sha: str) -> list[Pipeline]:
        """One page of them."""
        return next(self._pages(repo, {"sha": sha}, 1, 1), [])

    def _children(self, repo: str, query: dict[str, str]) -> Iterator[Pipeline]:
        return self._walk(repo, {**query, "source": CHILD}, 1, MOST_PAGES)

    def _from(self, repo: str, query: Mapping[str, str], numbers: Numbers, most: int) -> Iterator[Pipeline]:
        page = self._page_of(repo, query, numbers.last)
        if page is None:
            return
        for pipeline in self._walk(repo, query, page, most):
            number = int(pipeline.number or 0)
            if number < numbers.first:
                return
            if number <= numbers.last:
                yield pipeline

    def _page_of(self, repo: str, query: Mapping[str, str], number: int) -> int | None:
        """A page that holds the number, or the place where it would be; None where nothing is listed.

        Numbers that are not listed make the way shorter than their distance; where some guesses did not get
        there, halving is faster.
        """
        page, low, high = 1, 1, _END
        for jump in range(MOST_JUMPS):
            found = [int(each.number or 0) for each in next(self._pages(repo, query, page, 1), [])]
            if not found and page == 1:
                return None
            if found and min(found) > number:
                low = page + 1
                guess = low + (min(found) - number) // PAGE
            elif found and (max(found) >= number or page == 1):
                return page
            else:
                high = page
                guess = page - 1
            if low >= high:
                return low
            if jump >= GUESSES and high < _END:
                guess = (low + high) // 2
            page = min(max(guess, low), high - 1)
        return low

    def _walk(self, repo: str, query: Mapping[str, str], first: int, most: int) -> Iterator[Pipeline]:
        seen: set[str] = set()  # a pipeline that comes meanwhile shifts the pages
        for page in self._pages(repo, query, first, most):
            fresh = [pipeline for pipeline in page if pipeline.id not in seen]
            if not fresh:
                raise Circle(f"GitLab's list of the pipelines of {repo} goes in a circle.")
            seen = {pipeline.id for pipeline in page}
            yield from fresh

    def _pages(self, repo: str, query: Mapping[str, str], first: int, most: int) -> Iterator[list[Pipeline]]:
        """Each newest first."""
        asked = {**query, **({"page": str(first)} if first > 1 else {}), "order_by": "id", "sort": "desc"}
        pages = self._api.pages(f"{project_path(repo)}/pipelines", asked, most)
        while True:
            self._budget.take()
            page = next(pages, None)
            if page is None:
                return
            found = [pipeline_of(each) for each in page]
            if query.get("source"):
                found = [pipeline for pipeline in found if pipeline.source == query["source"]]
                if not found:
                    return  # a server that does not know the filter
            for pipeline in found:
                if pipeline.ended:
                    self._kept.put((repo.lower(), pipeline.id), pipeline)
            yield sorted(found, key=lambda pipeline: int(pipeline.id), reverse=True)

    def _to_its_end(self, listed: Iterator[Pipeline]) -> Iterator[Pipeline]:
        """What was listed before it led nowhere is as good as ever."""
        listed = iter(listed)
        first = next(listed, None)
        if first is None:
            return
        yield first
        try:
            yield from listed
        except Circle as error:
            _LOGGER.warning("listing left", reason=error.message)


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def begun_in(period: Period, pipelines: Iterator[Pipeline]) -> Iterator[Pipeline]:
    """Those that were made then, of pipelines that are newest first but for a few."""
    earlier = 0
    for pipeline in pipelines:
        created = pipeline.created_at
        if created is not None and created < period.since:
            earlier += 1
            if earlier == EARLIER:
                return
        elif created is not None and created < period.until:
            earlier = 0
            yield pipeline


def _merged(listed: Iterator[Pipeline], children: Iterator[Pipeline]) -> Iterator[Pipeline]:
    """Both newest first."""
    child = next(children, None)
    for pipeline in listed:
        while child is not None and int(child.id) >= int(pipeline.id):
            if child.id != pipeline.id:
                yield child
            child = next(children, None)
        yield pipeline
    yield from chain([] if child is None else [child], children)
