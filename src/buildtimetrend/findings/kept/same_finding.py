"""Which finding of a look is which of those that were kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from buildtimetrend.findings.kept.known import Known

NEAR = 20  # builds between two places that may be the same cause's, placed anew


def same_findings(
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
