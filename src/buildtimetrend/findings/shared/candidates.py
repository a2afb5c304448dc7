"""Findings of other pipelines and projects that may have the same cause: those of about the same time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from buildtimetrend.findings.document.shared_part import Document, Shows, everything
from buildtimetrend.findings.kept.known import OPEN, Known, Lived
from buildtimetrend.findings.kept.rows import ChannelsFor, Place, known_of
from buildtimetrend.findings.shared.images import Shift
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store

PAST = timedelta(weeks=26)  # before that nothing is asked of a history that is imported
WINDOW = timedelta(weeks=8)  # before and since
NEAR = timedelta(weeks=1)  # one range in twenty does not hold its place
SELDOM = timedelta(weeks=4)  # between two builds of what is watched


class SharedMark(NamedTuple):
    """What a finding says is shared, and whether by pipelines of one project."""

    image: str
    step: str
    of_pipelines: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """A finding of this look, or one of another pipeline that is kept: `stored` is its document as it was
    read. `speaks`: its alert asks for something, and it is not over.
    """

    repo_id: int
    repo: str
    pipeline: int
    known: Known
    stored: str = ""

    @property
    def id(self) -> str:
        return self.known.id

    @property
    def what(self) -> str:
        return self.known.what

    @property
    def document(self) -> Document:
        return self.known.document

    @property
    def state(self) -> str | None:
        return self.known.state

    @property
    def speaks(self) -> bool:
        return self.state in OPEN and not (self.known.over_at or self.known.withdrawn_at)

    @property
    def mark(self) -> SharedMark | None:
        shared = self.document.get("shared")
        return shared_mark(shared) if shared else None

    @property
    def was_as_before(self) -> datetime:
        """When the last build began that has it not for sure; else the first that may have it."""
        build = self.document["last_before"] or self.document["first"]
        return _instant(build["started_at"])

    @property
    def shift(self) -> Shift | None:
        """What is asked about; None where no build is known that was as before."""
        known = self.known
        if not self.document["last_before"]:
            return None
        jobs = frozenset(thing.job for thing in known.moved if thing.kind in ("job", "step"))
        return Shift(
            jobs=frozenset() if known.what == "waiting" else jobs,
            measure="queue_time" if known.what == "waiting" else "duration",
            since=self.was_as_before,
            until=known.last_at,
            slower=known.slower,
        )


class NearFinding(NamedTuple):
    """As much of a finding that is kept as says whether it may be of the same cause."""

    id: str
    repo_id: int
    pipeline: int
    slower: bool
    since_at: datetime
    first_at: datetime
    last_at: datetime
    over_at: datetime | None


@dataclass(frozen=True, slots=True)
class MovedTogether:
    """Jobs on an image that moved at once: by repo by what logarithm. `pipelines` are of theirs, with the id
    of the repo.
    """

    image: str
    by: Mapping[int, float]
    pipelines: frozenset[tuple[int, int]]


@dataclass(slots=True)
class Question:
    """Where the findings of a look are; which channels hear of a finding, and which repos others hear of.
    `lives` are those of the look, all with ids, which answers change; `kept` those of other pipelines.
    `whole`: more than the newest builds was looked at. `has_asked`: what an answer depends on is other than
    it was when it was asked last.
    """

    store: Store
    at: Place
    tell: ChannelsFor
    shows: Shows = everything
    lives: list[Lived] = field(default_factory=list)
    whole: bool = True
    kept: list[NearFinding] = field(default_factory=list)
    slugs: Mapping[int, str] = field(default_factory=dict)
    has_asked: bool = False
    moved: dict[str, MovedTogether | None] = field(default_factory=dict)  # by finding: as far as it was asked

    def read(self) -> None:
        """What is kept of others, of repos that may be shown."""
        self.slugs = {of: slug for of, slug in reads.slugs(self.store).items() if self.shows(slug)}
        began = [life.known.since_at for life in self.lives]
        rows = reads.found_since(self.store, min(began) - SELDOM) if began else []
        here = (self.at.repo_id, self.at.pipeline)
        every = (NearFinding(**row) for row in rows)
        self.kept = [one for one in every if one.repo_id in self.slugs and one[1:3] != here]

    def near(self, known: Known) -> list[NearFinding]:
        """Of other pipelines, what moved the same way at about the same time; the nearest first."""
        found = [one for one in self.kept if one.slower == known.slower and _is_near(one, known)]
        return sorted(found, key=lambda one: (abs(one.since_at - known.since_at), one.id))

    def row(self, place: int) -> Candidate:
        """Of this look, as it will be kept."""
        life, at = self.lives[place], self.at
        state = life.happened.state if life.happened else life.known.state
        return Candidate(at.repo_id, at.repo, at.pipeline, replace(life.known, state=state))


@dataclass(frozen=True, slots=True)
class SharedCause:
    """One cause of several findings: what the one that speaks says of it, the `others` than the one that
    is asked about, and how the jobs of each project `moved`, if it is one of projects.
    """

    shared: Mapping[str, Any]
    others: Sequence[Candidate]
    moved: MovedTogether | None = None

    @property
    def mark(self) -> SharedMark:
        return shared_mark(self.shared)


def shared_mark(shared: Mapping[str, Any]) -> SharedMark:
    return SharedMark(shared["image"], shared.get("step") or "", bool(shared.get("pipelines")))


def until_when(known: Known, until: datetime, now: datetime) -> datetime:
    """When jobs began that are still of its level."""
    last = min(until + WINDOW, known.over_at or now)
    return max(last, until + timedelta(seconds=1))


def candidates_near(
    by: Question, of: Candidate, repos: Sequence[int], shift: Shift, near: timedelta
) -> Iterator[Candidate]:
    """Findings of these repos, those of this look among them, that may have begun so near to it, and went the
    same way.

    What is run once a week may have been slower since its last build before.
    """
    since, until = shift.since - near, shift.until + near
    for row in _all_beside(by, repos, since, until):
        known = row.known
        is_then = known.first_at <= until + WINDOW and known.last_at >= since and row.was_as_before <= until
        if row.id != of.id and row.repo_id in repos and known.slower == shift.slower and is_then:
            yield row


def _all_beside(by: Question, repos: Sequence[int], since: datetime, until: datetime) -> Iterator[Candidate]:
    here = (by.at.repo_id, by.at.pipeline)
    for found in reads.found_beside(
        by.store, [each for each in repos if each in by.slugs], since, until + WINDOW
    ):
        if (found["repo_id"], found["pipeline"]) != here:
            slug = by.slugs[found["repo_id"]]
            yield Candidate(found["repo_id"], slug, found["pipeline"], known_of(found), found["document"])
    for place, life in enumerate(by.lives):
        if not (life.dropped or life.known.withdrawn_at):
            yield by.row(place)


def _is_near(one: NearFinding, known: Known) -> bool:
    """What builds seldom shows weeks later that it moved."""
    return one.first_at <= known.last_at + SELDOM and known.first_at - SELDOM <= one.last_at


def _instant(value: datetime | str) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
