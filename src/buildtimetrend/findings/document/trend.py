"""The small line beside a finding: how builds went around it, in a few numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from buildtimetrend.findings.finding import Finding

MOST = 40  # values
LEAST = 8  # builds: of fewer a line says nothing


def trend(finding: Finding, builds: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Medians of wall time of as many builds each, s, in their order: from the value at `since` on it held,
    and from that at `over` on it was over. None of few builds, and where it moved no wall time: nothing would
    be seen in the line.
    """
    if finding.wall is None or len(builds) < LEAST:
        return None
    took = [float(row["duration"]) for row in builds]
    over = len(took) if finding.over_since is None else finding.over_since
    each = -(-len(took) // MOST)
    before, held, after = (
        list(_medians(part, each))
        for part in (took[: finding.place], took[finding.place : over], took[over:])
    )
    return {
        "values": [round(value, 1) for value in (*before, *held, *after)],
        "since": len(before),
        "over": None if finding.over_since is None else len(before) + len(held),
    }


def _medians(took: Sequence[float], each: int) -> Iterator[float]:
    return (median(took[at : at + each]) for at in range(0, len(took), each))
