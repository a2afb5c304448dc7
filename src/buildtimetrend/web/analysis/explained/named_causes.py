"""Which causes a build's headline names: those that account for its difference, as its table has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from buildtimetrend.enough import LEAST
from buildtimetrend.web.analysis.explained.causes import Cause
from buildtimetrend.web.analysis.explained.parts import Comparison

# Part of the difference that a cause accounts for, that a second one has beside it, with which it is alone.
CAUSE, SECOND, ALONE = 0.5, 0.25, 0.75
MOST = 1.5  # what is more than that of the difference is named with what makes up for it, or not at all
LISTED = 3
_RUN = ("step", "outside", "running")


def named_causes(
    causes: Sequence[Cause], difference: float, found: Comparison | None = None
) -> Sequence[Cause]:
    """One that accounts for half or more, with a second one that has much of the others'; two together; or
    these and what makes up for most of them, which differs the other way: a single thing, all else that was
    run, or both. Three at most.

    With `found`, a cause counts for no more than the table shows: where a job ends last that usually ends
    before another one, some of what it took longer made no build longer.
    """
    if not difference:
        return ()
    seen = {id(cause): _seen(cause, found) for cause in causes}
    worth = [cause for cause in causes if abs(seen[id(cause)]) >= LEAST]
    ordered = sorted(worth, key=lambda cause: -seen[id(cause)] / difference)
    ran = _ran(ordered[0], found) if ordered and found else None
    seen |= {id(ran): ran.difference} if ran else {}
    shares = {cause: seconds / difference for cause, seconds in seen.items()}
    for some in _choices(ordered, ran, shares):
        shown, own = sum(seen[id(cause)] for cause in some), sum(cause.difference for cause in some)
        if all(CAUSE <= seconds / difference <= MOST for seconds in (shown, own)):
            return some
    return ()


def largest(causes: Iterable[Cause]) -> Sequence[Cause]:
    """What differs most, in whatever direction."""
    return sorted(causes, key=lambda cause: -abs(cause.difference))[:LISTED]


def _choices(
    ordered: Sequence[Cause], ran: Cause | None, shares: Mapping[int, float]
) -> Iterator[Sequence[Cause]]:
    """`ordered` by their `shares` of the difference, which are by id; `ran` is all else that was run."""
    first, second = (*(shares[id(cause)] for cause in ordered[:2]), 0.0, 0.0)[:2]
    if first >= ALONE:
        yield ordered[:1]
    if second >= SECOND:
        yield ordered[:2]
    if first < CAUSE:
        return
    yield ordered[:1]
    against = [cause for cause in ordered[:0:-1] if shares[id(cause)] <= -SECOND]
    also = [ran] if ran and shares[id(ran)] <= -SECOND else []
    yield from ([ordered[0], one] for one in (*against, *also))
    if second >= SECOND:
        yield from ([*ordered[:2], one] for one in against)
    yield from ([ordered[0], one, rest] for rest in also for one in against if one.kind not in _RUN)


def _ran(first: Cause, found: Comparison) -> Cause | None:
    """All that the path ran, but for `first`."""
    now, usual = found.now.running, found.usual.running
    if first.kind not in _RUN:
        return Cause("ran", now, usual, of_path=True)
    seconds, usually = now - first.seconds, usual - first.seconds + _seen(first, found)
    return Cause("rest", seconds, usually, of_path=True) if min(seconds, usually) >= 0 else None


def _seen(cause: Cause, found: Comparison | None) -> float:
    """Its difference (s), as far as the table has one that is as large."""
    shown = None if found is None else _in_table(cause, found)
    if shown is None:
        return cause.difference
    if shown * cause.difference <= 0:
        return 0.0
    return min(shown, cause.difference, key=abs)


def _in_table(cause: Cause, found: Comparison) -> float | None:
    """What differs (s) in its line; None where it has no line of its own."""
    now, usual = found.now, found.usual
    if cause.key:
        return found.steps.get(cause.key, 0.0) - found.usual_steps.get(cause.key, 0.0)
    if cause.kind == "running":
        return now.running - usual.running
    if cause.kind == "booting":
        return None if found.booted else now.booting - usual.booting
    if cause.kind == "waiting":
        booting = now.booting - usual.booting if cause.booted else 0.0
        return now.waiting - usual.waiting + booting
    return None
