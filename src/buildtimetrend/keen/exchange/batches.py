"""Events in requests that Keen.io takes: jobs with their substages, many in one as long as they fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import orjson

from buildtimetrend.keen.shape import JOBS, SUBSTAGES, Event, event_id, job_event, substage_events
from buildtimetrend.model import Build, Job

# Keen.io takes 10,000,000 bytes at a time, and 900,000 of one event.
MOST_BYTES = 9_500_000
MOST_OF_EVENT = 900_000
# More would make one failure, and one answer, too long.
MOST_EVENTS = 5_000


@dataclass(frozen=True, slots=True)
class Item:
    """One event, as JSON, and the collection that it belongs to."""

    collection: str
    json: bytes


@dataclass(frozen=True, slots=True)
class JobEvents:
    """A job to send: its id as an event, its events, and how many were too large to be sent at all."""

    id: str
    items: Sequence[Item]
    too_large: int = 0


@dataclass(slots=True)
class Request:
    """What one POST carries. `ends` are the jobs whose last event is in it."""

    items: list[Item] = field(default_factory=list)
    ends: list[JobEvents] = field(default_factory=list)
    size: int = 0  # bytes

    def fits(self, items: Sequence[Item]) -> bool:
        size = self.size + sum(len(item.json) + 1 for item in items)
        return size <= MOST_BYTES and len(self.items) + len(items) <= MOST_EVENTS

    def add(self, items: Sequence[Item]) -> None:
        self.items += items
        self.size += sum(len(item.json) + 1 for item in items)

    def body(self) -> bytes:
        """`{"build_jobs": [event, …], "build_substages": [event, …]}`."""
        lists = {
            name: [item.json for item in self.items if item.collection == name] for name in (JOBS, SUBSTAGES)
        }
        members = (b'"%s":[%s]' % (name.encode(), b",".join(found)) for name, found in lists.items() if found)
        return b"{%s}" % b",".join(members)


def job_events(build: Build, job: Job) -> JobEvents:
    """All events of one job that ended."""
    of_job = [(JOBS, job_event(build, job))]
    items = [
        _item(*event) for event in (*of_job, *((SUBSTAGES, event) for event in substage_events(build, job)))
    ]
    small = [item for item in items if len(item.json) <= MOST_OF_EVENT]
    return JobEvents(event_id(build, job), small, len(items) - len(small))


def requests(jobs: Iterable[JobEvents]) -> Iterator[Request]:
    """The jobs in order, in as few requests as the limits allow; one too large for a request is split."""
    request = Request()
    for job in jobs:
        if request.items and not request.fits(job.items):
            yield request
            request = Request()
        if not request.fits(job.items):
            *parts, request = _parts(job.items)
            yield from parts
        else:
            request.add(job.items)
        request.ends.append(job)
    if request.items:
        yield request


def _parts(items: Sequence[Item]) -> Iterator[Request]:
    part = Request()
    for item in items:
        if not part.fits([item]):
            yield part
            part = Request()
        part.add([item])
    yield part


def _item(collection: str, event: Event) -> Item:
    return Item(collection, orjson.dumps(event))
