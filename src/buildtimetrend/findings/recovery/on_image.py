"""When jobs on an image that moved in several projects went back.

Of its begin a job may be told, and of its end a step: then neither says that the other is over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from buildtimetrend.findings.recovery.level import BACK


class OnImage(NamedTuple):
    """A finding that is kept: when it began, and its `on_image`, which says by what logarithm all jobs of its
    project on that image moved then; None where no other project's did.
    """

    since_at: datetime
    moved: Mapping[str, Any] | None


def undone_on_image(found: Sequence[OnImage], number: int) -> int | None:
    """The number of the first later finding with which the jobs on its image went back."""
    own = found[number]
    later = [at for at, each in enumerate(found) if each.since_at > own.since_at and _is_back(own, each)]
    return min(later, key=lambda at: found[at].since_at, default=None)


def _is_back(own: OnImage, later: OnImage) -> bool:
    if not (own.moved and later.moved and own.moved["image"] == later.moved["image"]):
        return False
    by, then = float(own.moved["by"]), float(later.moved["by"])
    return abs(by + then) <= BACK * abs(by)
