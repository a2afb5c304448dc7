"""Findings that were kept and those of a later look: which of them are the same, and what became of each.

Pure: it says what is to be stored, and which alerts get another state. The rules:

- The same cause, in a range that overlaps, is the same finding, whatever later builds say of where it began,
  or which step explains it. A step in one job is another cause than in another, unless both moved at once.
- Nobody is told of what went back before, and of what began more than `OLD` before the pipeline was looked at
  first: an imported history has its findings, and alarms nobody. Nor of a job more by which no build takes
  longer.
- An alert is fixed by itself when the level is back, and open again when it was not after all. That it is
  back is told there alone. What people have muted, or accepted, tells nothing more.
- What later builds do not bear out is withdrawn: at once if nobody was told, else after `DOUBTED` of them.
  Found again, it is another finding.
- What earlier looks might have found and did not, since they had `LATE` builds of it, is told only once
  `CONFIRMED` builds later it is still found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from buildtimetrend.findings import tense
from buildtimetrend.findings.causes import Finding
from buildtimetrend.findings.document import build_of, document
from buildtimetrend.findings.find import Findings
from buildtimetrend.findings.image_over import OnImage, undone_on_image
from buildtimetrend.findings.moves import Move
from buildtimetrend.findings.over import back
from buildtimetrend.findings.series import Thing
from buildtimetrend.findings.speaking import carried
from buildtimetrend.findings.words import status
from buildtimetrend.store import reads

State: TypeAlias = Literal["open", "acknowledged", "muted", "fixed", "wont_fix"]

OLD = timedelta(days=14)
DOUBTED = 10  # builds
LATE = 50  # builds: a change that people would miss is found in less
CONFIRMED = 30  # builds, among which is another search of its series (`trends/watched.py`)
NEAR = 20  # builds between two places that may be the same cause's, placed anew
QUIET = ("muted", "wont_fix")
NOT_BORNE_OUT = "Later builds do not bear it out."


@dataclass(frozen=True, slots=True)
class Known:
    """A finding, kept or found just now. `moved` is all that belongs to it, `cause` its strongest move.

    Instants are when builds began; `found_at` is when it was found first. `branches` are those whose builds
    it is of, if not those that are watched. `state` is that of its alert, `events` the number of its last
    event. `stored` is the document of one that is kept, as it was read; `asked` is what others were like when
    it was asked last whether they share its cause.
    """

    id: str
    what: str
    thing: str
    cause: Move
    moved: frozenset[Thing]
    since_at: datetime
    first_at: datetime
    last_at: datetime
    over_at: datetime | None
    document: dict[str, Any]
    withdrawn_at: datetime | None = None
    state: str | None = None
    events: int = 0
    branches: str = ""
    stored: str | None = None
    found_at: datetime | None = None
    asked: str = ""

    @property
    def slower(self) -> bool:
        return self.cause.seconds > 0

    def overlaps(self, other: Known) -> bool:
        return self.first_at <= other.last_at and other.first_at <= self.last_at

    @property
    def of_cause(self) -> frozenset[Thing]:
        """What moved that is the cause: a step in each of the jobs in which it did."""
        of = self.cause.thing
        return frozenset(each for each in self.moved if (each.kind, each.step) == (of.kind, of.step))

    def is_like(self, other: Known) -> bool:
        """The same cause; of a step in one job that in another is none."""
        same = (self.what, self.thing, self.slower) == (other.what, other.thing, other.slower)
        return same and (self.of_cause == other.of_cause or bool(self.of_cause & other.of_cause))


@dataclass(frozen=True, slots=True)
class Happened:
    """To the alert of a finding: `event`, and the `state` that it leads to."""

    event: str
    state: str
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Lived:
    """A finding as it is now, and what happened to its alert; `dropped`: nothing is kept of it; `is_new`: it
    was found just now.
    """

    known: Known
    happened: Happened | None = None
    dropped: bool = False
    is_new: bool = False


def told(finding: Finding, of: Findings, pipeline: reads.Pipeline) -> Known:
    """A finding of this look, without an id."""
    builds = of.measured.builds
    since, first, last = (builds[at]["started_at"] for at in (finding.place, finding.first, finding.last))
    cause = finding.cause
    return Known(
        id="",
        what=cause.what,
        thing=cause.step or ", ".join(cause.jobs),
        cause=cause.strongest,
        moved=frozenset(move.thing for move in finding.moves),
        since_at=since,
        # Some CI systems begin builds in another order than they end.
        first_at=min(first, since),
        last_at=max(last, since),
        over_at=None if finding.over_since is None else builds[finding.over_since]["started_at"],
        document=document(finding, of, pipeline),
    )


def lived(  # noqa: PLR0917 - what a look knows
    kept: Sequence[Known],
    found: Sequence[Known],
    of: Findings,
    moves: Iterable[Move],
    since: datetime,
    looked_at: datetime | None = None,
) -> list[Lived]:
    """`moves` are all changes of this look. People are told of what began after `since`. `looked_at` is when
    the pipeline was looked at before this time; None: whatever is found is found as early as can be.
    """
    builds, back = of.measured.builds, list(moves)
    there = [known for known in kept if not known.withdrawn_at]
    pairs = dict(_matched(there, found, [row["started_at"] for row in builds]))
    found = _over_on_image(found, pairs)
    ends = set(_ends(found, pairs))
    here = [
        _seen(
            each,
            pairs.get(place),
            since,
            tell=place not in ends and _is_sure(each, pairs.get(place), builds, looked_at),
        )
        for place, each in enumerate(found)
    ]
    matched = {id(known) for known in pairs.values()}
    gone = (_unseen(known, of, back) for known in there if id(known) not in matched)
    return [*here, *(each for each in gone if each)]


def _over_on_image(found: Sequence[Known], kept: Mapping[int, Known]) -> list[Known]:
    """What was found, over where the jobs on its image went back: some of them may seem to be later."""
    of = [
        OnImage(each.since_at, kept[place].document.get("on_image") if place in kept else None)
        for place, each in enumerate(found)
    ]
    ends = [undone_on_image(of, place) for place in range(len(found))]
    return [
        each
        if end is None or (each.over_at and each.over_at <= found[end].since_at)
        else _ended(each, found[end].since_at, found[end].document["since"])
        for each, end in zip(found, ends, strict=True)
    ]


def _ended(known: Known, over_at: datetime, build: Mapping[str, Any]) -> Known:
    told = tense.over(known.document, build, status(known.cause.seconds, build))
    return replace(known, over_at=over_at, document=told)


def _ends(found: Sequence[Known], kept: Mapping[int, Known]) -> Iterator[int]:
    """Those with which something was over that people were told of: they are told of that alone."""
    told = {
        each.over_at
        for place, each in enumerate(found)
        if each.slower and place in kept and kept[place].state is not None
    }
    yield from (place for place, each in enumerate(found) if not each.slower and each.since_at in told)


def _matched(
    kept: Sequence[Known], found: Sequence[Known], began: Sequence[datetime]
) -> Iterator[tuple[int, Known]]:
    """(place of what was found, what it is of that which was kept), each at most once; the likest first."""
    left = list(kept)
    places = list(range(len(found)))
    for same in (_exactly, _of_the_same_moves, _nearby(began)):
        for place in list(places):
            fitting = [known for known in left if same(known, found[place])]
            if fitting:
                known = min(fitting, key=lambda each: abs(each.since_at - found[place].since_at))
                left.remove(known)
                places.remove(place)
                yield place, known


def _exactly(known: Known, found: Known) -> bool:
    return known.is_like(found) and known.overlaps(found)


def _of_the_same_moves(known: Known, found: Known) -> bool:
    """Explained by another thing than before: a step where it was a job."""
    together = known.moved & found.moved
    return known.slower == found.slower and known.overlaps(found) and bool(together)


class _nearby:  # noqa: N801 - used as a function
    """Placed elsewhere by later builds: one range in twenty does not hold the place."""

    def __init__(self, began: Sequence[datetime]) -> None:
        self._began = began

    def __call__(self, known: Known, found: Known) -> bool:
        low, high = sorted((known.since_at, found.since_at))
        return known.is_like(found) and sum(low < at <= high for at in self._began) <= NEAR


def _is_sure(
    found: Known, known: Known | None, builds: Sequence[dict[str, Any]], looked_at: datetime | None
) -> bool:
    """Whether people can be told of it by now: it was found in time, or is still found long after."""
    if looked_at is None:
        return True
    missed = sum(row["started_at"] > found.last_at and row["finished_at"] <= looked_at for row in builds)
    found_at = known.found_at if known else None
    later = sum(row["finished_at"] > found_at for row in builds) if found_at else 0
    return missed < LATE or later >= CONFIRMED


def _seen(found: Known, known: Known | None, since: datetime, *, tell: bool) -> Lived:
    """`tell`: people may be told of it by now."""
    if known is None:
        return Lived(found, _told(found, since) if tell else None, is_new=True)
    now = replace(
        found,
        id=known.id,
        state=known.state,
        events=known.events,
        document=carried(known.document, found.document),
        stored=known.stored,
        found_at=known.found_at,
        asked=known.asked,
    )
    if known.state is None:
        return Lived(now, _told(now, since) if tell else None)
    if now.over_at and known.state != "fixed":
        return Lived(now, Happened("fixed", "fixed"))
    if not now.over_at and known.state == "fixed":
        return Lived(now, Happened("reopened", "open"))
    return Lived(now)


def _told(found: Known, since: datetime) -> Happened | None:
    asks = found.since_at >= since and not found.over_at and not _is_beside(found)
    return Happened("opened", "open") if asks else None


def _is_beside(found: Known) -> bool:
    """Whether another finding speaks for it, or it is a job more, or less, that no build takes longer by."""
    if found.document.get("part_of"):
        return True
    return found.what in ("new_job", "gone_job") and found.document["wall_after"] is None


def _unseen(known: Known, of: Findings, moves: Sequence[Move]) -> Lived | None:
    """What was not found any more. None: nothing changed of it."""
    builds = of.measured.builds
    if builds and known.since_at >= builds[0]["started_at"]:
        return _doubted(known, builds)
    if known.over_at:
        return None
    undone = back(known.cause, moves, moves, of_all=_was_of_all(known))
    if undone is None:
        return None
    build = build_of(builds[_recovery(undone, of)])
    over = _ended(known, build["started_at"], build)
    return Lived(over, Happened("fixed", "fixed") if known.state not in (None, "fixed") else None)


def _recovery(undone: Move, of: Findings) -> int:
    """The place that is told of the finding that such a move belongs to, if it belongs to one."""
    same = (undone.thing, undone.place)
    told = (one.place for one in of.found if same in ((move.thing, move.place) for move in one.moves))
    return next(told, undone.place)


def _was_of_all(known: Known) -> bool:
    """Whether more of its job moved than one step, for all that is kept of it."""
    job = known.cause.thing.job
    return len({thing.step for thing in known.moved if thing.kind == "step" and thing.job == job}) > 1


def _doubted(known: Known, builds: Sequence[dict[str, Any]]) -> Lived | None:
    """Its builds are among those that were looked at."""
    if known.state is None:
        return Lived(known, dropped=True)
    since_then = sum(row["started_at"] >= known.since_at for row in builds)
    if since_then < known.document["builds_since"] + DOUBTED:
        return None
    withdrawn = replace(known, withdrawn_at=builds[-1]["finished_at"])
    told = Happened("fixed", "fixed", NOT_BORNE_OUT) if known.state != "fixed" else None
    return Lived(withdrawn, told)
