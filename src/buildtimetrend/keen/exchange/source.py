"""Keen.io as a source: reads a project's events back, window by window, and gives the builds that they make.

An extraction answers with all events of a timeframe or refuses: windows shrink when there are too many and
grow when there are few. A build's jobs end at different times, so a build is given away some time after the
last of its jobs that is known; one whose jobs come later still is asked for by its number, as a whole.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog

from buildtimetrend.errors import Error, PermanentError, TemporaryError
from buildtimetrend.keen.exchange.reading import BuildKey, Reader
from buildtimetrend.keen.exchange.sender import BadBatch, Slow, TooLarge
from buildtimetrend.keen.shape import JOBS, SUBSTAGES
from buildtimetrend.model import Build

log = structlog.get_logger(__name__)

FIRST_WINDOW = timedelta(days=7)
LONGEST_WINDOW = timedelta(days=365)
SHORTEST_WINDOW = timedelta(minutes=1)
# Events of one window that make the next one longer, or shorter.
FEW, MANY = 2_000, 20_000
# Jobs of a build rarely end further apart; of one that was restarted they may.
HELD = timedelta(days=1)
# Seconds before another try of a query that failed for now.
WAITS = (1.0, 2.0, 5.0, 15.0, 60.0)


class Extracts(Protocol):
    """`keen.sender.KeenClient`."""

    def query(self, analysis: str, **parameters: object) -> Any: ...


@dataclass(slots=True)
class Window:
    """What came of one part of the timeframe: builds that are complete by now, and how far it goes.

    `resume_at` is where another run may begin: before it, everything was given away.
    """

    until: datetime
    resume_at: datetime
    events: int
    builds: list[Build] = field(default_factory=list)


class Source:
    """Reads the events of `repo`, or of all repos, from `since` to before `until`.

    Another run may `start` where an earlier one came to, with the builds that it has `given`. `instance` is
    the address of the CI for events that name none. Raises `FetchError`.
    """

    def __init__(
        self,
        client: Extracts,
        instance: str,
        *,
        repo: str | None,
        since: datetime,
        until: datetime,
        start: datetime | None = None,
        given: Iterable[BuildKey] = (),
        waits: Sequence[float] = WAITS,
    ) -> None:
        self._client = client
        self.repo = repo
        self._since = since
        self._start = start or since
        self.until = until
        self._instance = instance
        self._waits = waits
        self._reader = Reader(instance)
        self.given = set(given)

    @property
    def skipped(self) -> Mapping[str, int]:
        """Events that make no job or step, by reason."""
        return self._reader.skipped

    def windows(self) -> Iterator[Window]:
        start, length = self._start, FIRST_WINDOW
        while start < self.until:
            end = min(start + length, self.until)
            try:
                events = self._extract(start, end)
            except TooMuch as error:
                if length <= SHORTEST_WINDOW:
                    raise error.cause from None
                length = max(min(length, end - start) / 4, SHORTEST_WINDOW)
                continue
            yield self._window(end, events)
            start = end
            length = _next_length(length, events)

    def _extract(self, start: datetime, end: datetime) -> int:
        """Take the events of a timeframe, of both collections or none; how many."""
        jobs = self._events(JOBS, start, end)
        substages = self._events(SUBSTAGES, start, end)
        for event in jobs:
            self._reader.job(event)
        for event in substages:
            self._reader.substage(event)
        return len(jobs) + len(substages)

    def _window(self, end: datetime, events: int) -> Window:
        at_end = end >= self.until
        ready = [key for key in self._reader.waiting if at_end or self._reader.seen(key)[1] < end - HELD]
        builds = [self._complete(key) for key in ready]
        self.given.update(ready)
        held = [self._reader.seen(key)[0] for key in self._reader.waiting]
        return Window(end, min([end, *held]), events, builds)

    def _complete(self, key: BuildKey) -> Build:
        build = self._reader.take(key)
        return self._whole(key, build) if key in self.given else build

    def _whole(self, key: BuildKey, part: Build) -> Build:
        """A build some of whose jobs were given away before: all of it, whenever its jobs ended."""
        reader = Reader(self._instance)
        filters = [_equals("job.repo", part.repo), _equals("job.build", part.number)]
        for event in self._ask(JOBS, self._since, self.until, filters):
            reader.job(event)
        for event in self._ask(SUBSTAGES, self._since, self.until, filters):
            reader.substage(event)
        return reader.take(key) if key in reader.waiting else part

    def _events(self, collection: str, start: datetime, end: datetime) -> list[Mapping[str, Any]]:
        filters = [_equals("job.repo", self.repo)] if self.repo else []
        try:
            return self._ask(collection, start, end, filters)
        except (BadBatch, TooLarge, Slow) as error:
            raise TooMuch(error) from error

    def _ask(
        self, collection: str, start: datetime, end: datetime, filters: list[dict[str, str]]
    ) -> list[Mapping[str, Any]]:
        """All events of a timeframe; what fails for now is tried again."""
        asked: dict[str, object] = {
            "event_collection": collection,
            "timeframe": {"start": start.isoformat(), "end": end.isoformat()},
            "filters": filters,
        }
        for wait in (*self._waits, None):
            try:
                found = self._client.query("extraction", **asked)
            except Slow:
                raise
            except TemporaryError as error:
                if wait is None:
                    raise
                pause = max(wait, error.retry_after or 0.0)
                log.warning("keen.asked_again", reason=error.message, after_seconds=pause)
                time.sleep(pause)
            else:
                break
        if not isinstance(found, list) or not all(isinstance(event, dict) for event in found):
            raise PermanentError("Keen.io's answer to an extraction is no list of events.")
        return found


def _next_length(length: timedelta, events: int) -> timedelta:
    if events < FEW:
        return min(length * 2, LONGEST_WINDOW)
    return max(length / 2, SHORTEST_WINDOW) if events > MANY else length


class TooMuch(Exception):
    """An extraction that was refused, perhaps since its timeframe is too long."""

    def __init__(self, cause: Error) -> None:
        super().__init__(str(cause))
        self.cause = cause


def _equals(name: str, value: str) -> dict[str, str]:
    return {"property_name": name, "operator": "eq", "property_value": value}
