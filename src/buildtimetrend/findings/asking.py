"""What else was found at the time of a finding, in other pipelines or projects: question and answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from buildtimetrend import json_text
from buildtimetrend.findings.keeping import Place, Told
from buildtimetrend.findings.led import OPEN
from buildtimetrend.findings.life import Known, Lived
from buildtimetrend.findings.speaking import Document, Shows, everything
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store

PAST = timedelta(weeks=26)  # before that nothing is asked of a history that is imported
WINDOW = timedelta(weeks=8)  # before and since


class Mark(NamedTuple):
    """What a finding says is shared, and whether by pipelines of one project."""

    image: str
    step: str
    of_pipelines: bool


@dataclass(frozen=True, slots=True)
class Asking:
    """Where the findings of a look are; which channels hear of a finding, and which repos others hear of."""

    store: Store
    at: Place
    tell: Told
    shows: Shows = everything


@dataclass(frozen=True, slots=True)
class Row:
    """A finding of another pipeline that is kept, `stored` as it was read, or one of this look. `speaks`: its
    alert asks for something, and it is not over.
    """

    id: str
    repo: str
    pipeline: int
    what: str
    thing: str
    document: Document
    state: str | None
    speaks: bool
    stored: str = ""

    @property
    def mark(self) -> Mark | None:
        shared = self.document.get("shared")
        return mark_of(shared) if shared else None


@dataclass(frozen=True, slots=True)
class Several:
    """One cause of several findings: what the one that speaks says of it, and those that are `beside` the one
    that is asked about.
    """

    shared: Mapping[str, Any]
    beside: Sequence[Row]

    @property
    def mark(self) -> Mark:
        return mark_of(self.shared)


def mark_of(shared: Mapping[str, Any]) -> Mark:
    return Mark(shared["image"], shared.get("step") or "", bool(shared.get("pipelines")))


def until_when(by: Asking, known: Known, until: datetime) -> datetime:
    """When jobs began that are still of its level."""
    last = min(until + WINDOW, known.over_at or by.at.now)
    return max(last, until + timedelta(seconds=1))


def found_beside(
    by: Asking, slugs: Mapping[int, str], since: datetime, until: datetime, *, slower: bool
) -> Iterator[Row]:
    """Findings of these repos that may have begun between the two, but those of the pipeline itself.

    What is run once a week may have been slower since its last build before.
    """
    for row in reads.found_beside(by.store, [*slugs], since, until + WINDOW):
        is_own = (row["repo_id"], row["pipeline"]) == (by.at.repo_id, by.at.pipeline)
        document = json_text.loads(row["document"])
        if not is_own and (row["seconds"] > 0) == slower and _was_as_before(document) <= until:
            yield Row(
                id=row["id"],
                repo=slugs[row["repo_id"]],
                pipeline=row["pipeline"],
                what=row["what"],
                thing=row["thing"],
                document=document,
                state=row["state"],
                speaks=row["state"] in OPEN and row["over_at"] is None,
                stored=row["document"],
            )


def _was_as_before(finding: Document) -> datetime:
    """When the last build began that has it not for sure; else the first that may have it."""
    build = finding["last_before"] or finding["first"]
    return datetime.fromisoformat(build["started_at"])


def of_look(by: Asking, life: Lived) -> Row:
    known = life.known
    is_open = life.happened.state in OPEN if life.happened else known.state in OPEN
    speaks = is_open and known.over_at is None and known.withdrawn_at is None
    at = by.at
    return Row(known.id, at.repo, at.pipeline, known.what, known.thing, known.document, known.state, speaks)
