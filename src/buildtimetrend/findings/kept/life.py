"""What became of each finding that was kept, and of its alert, by a later look.

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
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from buildtimetrend.findings.changes.moves import Move
from buildtimetrend.findings.document.of_finding import build_of, document
from buildtimetrend.findings.document.shared_part import with_kept_part
from buildtimetrend.findings.finding import Finding, Findings
from buildtimetrend.findings.kept.known import Happened, Known, Lived
from buildtimetrend.findings.kept.same_finding import same_findings
from buildtimetrend.findings.recovery.level import undone_by
from buildtimetrend.findings.recovery.on_image import OnImage, undone_on_image
from buildtimetrend.findings.sentences.past_tense import as_over
from buildtimetrend.findings.sentences.status import status
from buildtimetrend.store import reads

OLD = timedelta(days=14)
DOUBTED = 10  # builds
LATE = 50  # builds: a change that people would miss is found in less
CONFIRMED = 30  # builds, among which is another search of its series (`trends/watched.py`)
NOT_BORNE_OUT = "Later builds do not bear it out."


def as_known(finding: Finding, of: Findings, pipeline: reads.Pipeline) -> Known:
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
    builds, changes = of.measured.builds, list(moves)
    there = [known for known in kept if not known.withdrawn_at]
    pairs = dict(same_findings(there, found, [row["started_at"] for row in builds]))
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
    gone = (_unseen(known, of, changes) for known in there if id(known) not in matched)
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
    told = as_over(known.document, build, status(known.cause.seconds, build))
    return replace(known, over_at=over_at, document=told)


def _ends(found: Sequence[Known], kept: Mapping[int, Known]) -> Iterator[int]:
    """Those with which something was over that people were told of: they are told of that alone."""
    told = {
        each.over_at
        for place, each in enumerate(found)
        if each.slower and place in kept and kept[place].state is not None
    }
    yield from (place for place, each in enumerate(found) if not each.slower and each.since_at in told)


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
        document=with_kept_part(known.document, found.document),
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
    undone = undone_by(known.cause, moves, moves, of_all=_was_of_all(known))
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
