"""Each build of a list as a bar of what its wall time went by with, all on one scale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from buildtimetrend.web.analysis.explained.table import table_lines
from buildtimetrend.web.analysis.waterfall import Bar


def with_bars(builds: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Builds with their `verdict`, each with `bars` along its critical path, in percent of the longest build;
    of one that is not compared its wall time alone.
    """
    longest = max((build["duration"] or 0.0 for build in builds), default=0.0)
    return [build | {"bars": list(_bars(build, longest)) if longest else []} for build in builds]


def _bars(build: Mapping[str, Any], longest: float) -> Iterator[Bar]:
    x = 0.0
    for part in _parts(build):
        width = 100 * part["seconds"] / longest
        if width > 0:
            yield Bar(part["colour"], part["label"], round(x, 3), round(width, 3), part["seconds"])
            x += width


def _parts(build: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    verdict = build["verdict"]
    if verdict and verdict["parts"]:
        return table_lines(verdict["parts"])
    return [{"colour": "outside", "label": "wall time", "seconds": build["duration"] or 0.0}]
