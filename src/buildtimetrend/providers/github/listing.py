"""A repo's runs, newest first, page by page.

Pages are somebody else's word: runs move while they are read, each page must lead on, and there is an end to
how many are read. A listing that is filtered ends after 1,000 runs, whatever there are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from urllib.parse import urlencode

import structlog

from buildtimetrend.providers.base import Numbers, Period
from buildtimetrend.providers.budget import Budget
from buildtimetrend.providers.fields import Fields
from buildtimetrend.providers.github.api import Api
from buildtimetrend.providers.github.listed_pages import ListedPage, ListedPages
from buildtimetrend.providers.github.runs import Run, run_of
from buildtimetrend.providers.http import ServerFailed

PAGE = 100
PARTS = 4  # of a page at which GitHub fails
MOST_FILTERED = 1000
PAGES_FILTERED = MOST_FILTERED // PAGE
MOST_PAGES = 10_000  # of one listing
STALE = 10  # pages in a row that have nothing new: a list that is read slowly may move by so many
DISORDER = timedelta(days=1)  # that a run may be newer than those before it
LEAST_ID = 10_000_000  # what is larger is an id: no workflow has so many runs
QUIET = 3  # pages in a row without a run of the numbers that are looked for, after all workflows are below
_NEVER = datetime.max.replace(tzinfo=UTC)
_LOGGER = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Page:
    runs: tuple[Run, ...]
    leads_on: bool


class Listing:
    """Safe to use from several threads."""

    def __init__(self, api: Api, budget: Budget, instance: str) -> None:
        self._api = api
        self._budget = budget
        self._instance = instance
        self._pages = ListedPages()

    def newest(self, repo: str) -> Iterator[Run]:
        """All there are, as far as pages are read."""
        return chain.from_iterable(self._pages_of(repo, {}, MOST_PAGES))

    def numbered(self, repo: str, numbers: Numbers) -> Iterator[Run]:
        """Runs of these numbers, each workflow's own, or of these ids."""
        lowest: dict[str, int] = {}  # number of each workflow so far
        quiet = 0
        for page in self._pages_of(repo, {}, MOST_PAGES):
            found = [run for run in page if _is_one_of(run, numbers)]
            yield from found
            lowest |= {run.build.pipeline: int(run.build.number) for run in page}
            of_ids = numbers.first >= LEAST_ID
            below = not of_ids and all(number < numbers.first for number in lowest.values())
            gone = bool(page) and all(int(run.build.id) < numbers.first for run in page)
            quiet = 0 if found or not below else quiet + 1
            if quiet > QUIET or gone:
                return

    def period(self, repo: str, period: Period) -> Iterator[Run]:
        """Runs that were created then. Where a listing ends early, the next begins at its last second."""
        until, left = period.until, MOST_PAGES
        at_until: set[str] = set()  # what is known of its second
        while until >= period.since and left > 0:
            pages, count, last, at_last = 0, 0, until, set[str]()
            for page in self._pages_of(repo, {"created": _between(period.since, until)}, PAGES_FILTERED):
                pages += 1
                for run in page:
                    created = run.created_at or last
                    at_last = {*(at_last if created == last else ()), run.build.id}
                    count, last = count + 1, created
                    if run.build.id not in at_until and period.since <= created < period.until:
                        yield run
            left -= pages
            # Only a listing that ends before its last page is known to be whole: pages may lack some.
            if pages < PAGES_FILTERED or count == 0:
                return
            if last >= until.replace(microsecond=0):  # one second has more than a listing holds
                _LOGGER.warning("github.crowded", repo=repo, at=last.isoformat(), runs=count)
                last, at_last = until - timedelta(seconds=1), set()
            until, at_until = last, at_last

    def _pages_of(self, repo: str, filters: Mapping[str, str], most: int) -> Iterator[list[Run]]:
        """What is new of each page, if anything.

        Runs that come meanwhile shift the pages: those of some pages are remembered. What is much newer than
        what was before it leads in a circle.
        """
        seen: deque[set[str]] = deque(maxlen=2 * STALE)
        oldest, stale = _NEVER, 0
        for number in range(1, most + 1):
            page = self._page(repo, filters, number)
            fresh = [
                run
                for run in page.runs
                if not any(run.build.id in ids for ids in seen) and _created(run) <= oldest
            ]
            seen.append({run.build.id for run in fresh})
            stale = 0 if fresh else stale + 1
            if fresh:
                oldest = min(oldest, *(_created(run) + DISORDER for run in fresh))
            yield fresh
            if not page.leads_on or stale == STALE:
                return
        if not filters:
            _LOGGER.warning("github.listing_left", repo=repo, pages=most)

    def _page(self, repo: str, filters: Mapping[str, str], number: int) -> _Page:
        """In parts, if GitHub fails at a whole one."""
        try:
            return self._part(repo, filters, PAGE, number)
        except ServerFailed:
            runs: list[Run] = []
            for place in range((number - 1) * PARTS + 1, number * PARTS + 1):
                part = self._part(repo, filters, PAGE // PARTS, place)
                runs += part.runs
                if not part.leads_on:
                    break
            return _Page(tuple(runs), part.leads_on)

    def _part(self, repo: str, filters: Mapping[str, str], size: int, number: int) -> _Page:
        query = urlencode({**filters, "per_page": str(size), "page": str(number)})
        path = f"/repos/{repo}/actions/runs?{query}"
        known = self._pages.get(path)
        self._budget.take()
        answer = self._api.get(repo, path, etag=known.etag if known else None)
        if answer.document is None and known:
            return _Page(known.runs, known.leads_on)
        runs = tuple(run_of(run, self._instance) for run in Fields(answer.document).each("workflow_runs"))
        leads_on = answer.leads_on(len(runs), size)
        if etag := answer.headers.get("etag"):
            self._pages.put(path, ListedPage.of(etag, runs, leads_on=leads_on))
        return _Page(runs, leads_on)


def _created(run: Run) -> datetime:
    return run.created_at or _NEVER - DISORDER


def _is_one_of(run: Run, numbers: Numbers) -> bool:
    return any(numbers.first <= int(known) <= numbers.last for known in (run.build.number, run.build.id))


def _between(since: datetime, until: datetime) -> str:
    return "..".join(f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for at in (since, until))
