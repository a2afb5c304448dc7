"""A repo's builds, newest first, page by page; and the way to one number without reading them all.

Pages are somebody else's word: each must lead on, and there is an end to how many are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from buildtimetrend.errors import TemporaryError
from buildtimetrend.providers.base import Period
from buildtimetrend.providers.budget import Budget
from buildtimetrend.providers.fields import Fields, WrongField
from buildtimetrend.providers.http import Client
from buildtimetrend.providers.travis.api import V2, V3

PAGE = 100
LEAST = 20  # builds of a page, whichever version it is of: version 2 has 25
# Pages that are read for the newest builds, and beyond those that a range of numbers needs.
MOST_NEWEST = 100
SPARE = 50
MOST_JUMPS = 40
EARLIER = 20  # builds in a row that were begun before a period, after which none in it is expected
GUESSES = 3
_END = 10**9  # beyond any listing


@dataclass(frozen=True, slots=True)
class Entry:
    id: str
    number: int
    state: str
    started_at: datetime | None = None


class Unending(TemporaryError):
    """A listing whose pages lead in a circle, or on without end."""


class V3Listing:
    def __init__(self, client: Client, budget: Budget, repo: str) -> None:
        self._client = client
        self._budget = budget
        self._path = f"/repo/{quote(repo, safe='')}/builds?sort_by=id:desc&limit={PAGE}"
        self._latest: tuple[int, list[Entry], int | None] | None = None  # page, by its offset

    def newest(self) -> Iterator[Entry]:
        return self._from(0, MOST_NEWEST)

    def range(self, first: int, last: int) -> Iterator[Entry]:
        """From `last` downwards, at least to `first`."""
        for entry in self._from(self._offset_of(last), _pages(first, last)):
            if entry.number <= last:
                yield entry

    def _from(self, offset: int, most: int) -> Iterator[Entry]:
        seen: set[str] = set()  # a build that comes meanwhile shifts the pages
        for _ in range(most):
            page, following = self._page(offset)
            fresh = [entry for entry in page if entry.id not in seen]
            seen = {entry.id for entry in page}
            yield from fresh
            if following is None:
                return
            if following <= offset or not fresh:
                raise Unending(f"Travis CI's list of builds goes in a circle at offset {offset}.")
            offset = following
        raise Unending(f"Travis CI's list of builds does not end after {most} pages.")

    def _offset_of(self, number: int) -> int:
        """Of a page that holds the number, or the place where it would be.

        Numbers descend nearly without gaps, so the distance between two numbers is about that of their
        places. Where some jumps did not get there, a large gap is near: then halving is faster.
        """
        offset, low, high = 0, 0, _END
        for jump in range(MOST_JUMPS):
            page, following = self._page(offset)
            if page and page[-1].number > number and following is not None:
                low = offset + len(page)
                offset = low + page[-1].number - number - 1 - PAGE // 2
            elif page and (page[0].number >= number or offset == 0):
                return offset
            else:
                high = offset
                offset = high - (number - page[0].number if page else PAGE)
            if low >= high:
                return low
            if jump >= GUESSES and high < _END:
                offset = (low + high) // 2
            offset = min(max(offset, low), high - 1)
        return low

    def _page(self, offset: int) -> tuple[list[Entry], int | None]:
        """A page, and where the next one is. The latest is asked for once."""
        if self._latest is None or self._latest[0] != offset:
            self._latest = (offset, *self._asked(offset))
        return self._latest[1:]

    def _asked(self, offset: int) -> tuple[list[Entry], int | None]:
        self._budget.take()
        top = Fields(self._client.json(f"{self._path}&offset={offset}", V3))
        pagination = top.maybe_fields("@pagination")
        following = pagination.maybe_fields("next") if pagination else None
        next_offset = following.maybe_id("offset") if following else None
        return _entries(top), None if next_offset is None else int(next_offset)


class V2Listing:
    """Version 2 pages by number: 25 builds below one."""

    def __init__(self, client: Client, budget: Budget, repo: str) -> None:
        self._client = client
        self._budget = budget
        self._path = f"/repos/{repo}/builds"

    def newest(self) -> Iterator[Entry]:
        return self._from(None, MOST_NEWEST)

    def range(self, first: int, last: int) -> Iterator[Entry]:
        """From `last` downwards, at least to `first`."""
        return self._from(last + 1, _pages(first, last))

    def _from(self, after: int | None, most: int) -> Iterator[Entry]:
        for _ in range(most):
            query = "" if after is None else f"?after_number={after}"
            self._budget.take()
            entries = _entries(Fields(self._client.json(self._path + query, V2)))
            entries = [entry for entry in entries if after is None or entry.number < after]
            if not entries:
                return
            yield from entries
            after = min(entry.number for entry in entries)
        raise Unending(f"Travis CI's list of builds does not end after {most} pages.")

    def find(self, number: str) -> str | None:
        """The id of a build."""
        entries = _entries(Fields(self._client.json(f"{self._path}?number={number}", V2)))
        return next((entry.id for entry in entries if entry.number == int(number)), None)


def within(entries: Iterator[Entry], period: Period) -> Iterator[Entry]:
    """Those that were begun in a period, of entries that are newest first but for a few that waited long."""
    earlier = 0
    for entry in entries:
        if entry.started_at is not None and entry.started_at < period.since:
            earlier += 1
            if earlier == EARLIER:
                return
        elif entry.started_at is not None and entry.started_at < period.until:
            earlier = 0
            yield entry


def _pages(first: int, last: int) -> int:
    """How many are enough for this range of numbers."""
    return SPARE + (last - first) // LEAST


def _begun(build: Fields) -> datetime | None:
    """A list is as good without the times that it gets wrong."""
    try:
        return build.maybe_time("started_at")
    except WrongField:
        return None


def _entries(top: Fields) -> list[Entry]:
    found = [
        Entry(
            build.id("id"),
            int(build.id("number")),
            build.maybe_text("state") or "",
            _begun(build),
        )
        for build in top.each("builds")
    ]
    return sorted(found, key=lambda entry: entry.number, reverse=True)
