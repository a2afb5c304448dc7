"""Whether a step takes longer because its cache is no longer found.

Where a cache is not found there is nothing to fetch: the step that fetches it takes less, or does not run,
from the build on from which the step that needs it takes longer. No CI says so otherwise in what is stored.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from buildtimetrend.findings.changes.moves import Move
from buildtimetrend.findings.finding import Finding

_FETCHES = re.compile(
    r"(?:download|restor|fetch|pull|load|extract|get)\w*[ _:-]+(?:\S+[ _]+){0,3}cache"
    r"|actions/cache|cache[ _:-]+(?:restore|download)"
    # Travis CI's folds are so called: the first one fetches, the second one stores.
    r"|\bcache\.1\.\d+$",
    re.IGNORECASE,
)
_SAVES = re.compile(r"\bpost run\b|\bsav(?:e|ing)\b|upload|\bstor(?:e|ing)\b", re.IGNORECASE)


def with_caches(found: Sequence[Finding]) -> list[Finding]:
    """Findings of steps that fetch a cache are part of those that it explains."""
    parts = {number: _explained_by(finding, found) for number, finding in enumerate(found)}
    because = {why for why in parts.values() if why is not None}
    told = []
    for number, finding in enumerate(found):
        if number not in because:
            why = parts[number]
            told.append(finding if why is None else _with(finding, found[why]))
    return told


def _explained_by(finding: Finding, found: Sequence[Finding]) -> int | None:
    """The place of the finding that a cache is fetched in less time, or more, by which this one is."""
    if finding.cause.what != "step" or any(map(_fetches, finding.cause.moves)):
        return None
    for number, other in enumerate(found):
        together = other.first <= finding.last and finding.first <= other.last
        if together and _is_of_fetching(other) and _is_opposite(finding, other):
            return number
    return None


def _is_of_fetching(finding: Finding) -> bool:
    return finding.wall is None and all(map(_fetches, finding.cause.moves))


def _is_opposite(finding: Finding, other: Finding) -> bool:
    jobs = {move.thing.job for move in other.cause.moves}
    opposite = (finding.cause.seconds > 0) != (other.cause.seconds > 0)
    return opposite and any(move.thing.job in jobs for move in finding.cause.moves)


def _fetches(move: Move) -> bool:
    return bool(_FETCHES.search(move.thing.step)) and not _SAVES.search(move.thing.step)


def _with(finding: Finding, fetching: Finding) -> Finding:
    return replace(finding, cache=True, others=(*finding.others, *fetching.moves))
