"""The small line beside a finding: the values around it, in a few numbers."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any

from buildtimetrend.findings.finding import Finding
from buildtimetrend.findings.series import Measured, Values

MOST = 40  # values
LEAST = 8  # builds: of fewer a line says nothing


def trend(finding: Finding, of: Measured) -> dict[str, Any] | None:
    """Medians of as many builds each, s, in their order: of wall time where that moved, else of what moved
    surest, which `of` says. From the value at `since` on it held, from that at `over` on it was over. None of
    few builds.
    """
    shown = _shown(finding, of)
    if len(shown.seconds) < LEAST:
        return None
    since = bisect_left(shown.places, finding.place)
    ended = len(of.builds) if finding.over_since is None else finding.over_since
    over = bisect_left(shown.places, ended)
    each = -(-len(shown.seconds) // MOST)
    before, held, after = (
        list(_medians(part, each))
        for part in (shown.seconds[:since], shown.seconds[since:over], shown.seconds[over:])
    )
    return {
        "values": [round(value, 1) for value in (*before, *held, *after)],
        "since": len(before),
        "over": None if finding.over_since is None else len(before) + len(held),
        "of": "wall" if finding.wall else "cause",
    }


def _shown(finding: Finding, of: Measured) -> Values:
    if finding.wall is None:
        return of.values[finding.cause.strongest.thing]
    return Values(list(range(len(of.builds))), [float(row["duration"]) for row in of.builds])


def _medians(took: Sequence[float], each: int) -> Iterator[float]:
    return (median(took[at : at + each]) for at in range(0, len(took), each))
