"""Finds all that changed in builds of a pipeline, as if nothing were known of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from buildtimetrend.findings.causes.caches import with_caches
from buildtimetrend.findings.causes.explained import explained
from buildtimetrend.findings.causes.groups import grouped
from buildtimetrend.findings.changes.gradual import Drifted, drifted, with_gradual
from buildtimetrend.findings.changes.moves import Move, appeared, is_notable, moved
from buildtimetrend.findings.changes.replaced import without_replaced
from buildtimetrend.findings.finding import Finding, Findings
from buildtimetrend.findings.recovery.findings import with_recoveries
from buildtimetrend.findings.series import Measured, chosen, measured
from buildtimetrend.model import Query
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads.branches import BranchClass
from buildtimetrend.store.reads.measured import EVERY_BRANCH
from buildtimetrend.trends.changes import analysed

SURE_ALONE = 0.95  # confidence of what builds take longer by, where nothing explains it


def find(store: Store, query: Query, of: BranchClass = EVERY_BRANCH) -> Findings:
    """In the last builds of the range that passed. One pipeline at a time: filter by it."""
    return found_in(measured(chosen(store, query, of)))


def found_in(of: Measured) -> Findings:
    """All that is to be found in these builds."""
    moves, drifts = [], []
    for thing, values in of.values.items():
        analysis = analysed(values.seconds, of.stamps(values))
        changes = moved(thing, values, analysis.changes) if analysis else []
        moves.append(changes + appeared(thing, of))
        drifts += drifted(thing, values, analysis)
    return findings_of(of, moves, drifts)


def findings_of(of: Measured, moves: Iterable[Sequence[Move]], drifts: Iterable[Drifted] = ()) -> Findings:
    """Of the changes of each series, and of what may have drifted instead."""
    told = without_replaced(filter(is_notable, with_gradual(moves, drifts)))
    found = with_caches([explained(group) for group in grouped(told)])
    return Findings(tuple(reversed([one for one in with_recoveries(found) if _is_sure(one)])), of)


def _is_sure(finding: Finding) -> bool:
    """What builds take longer by, their waits or jobs do: where none of these moved, it may be chance."""
    cause = finding.cause
    return cause.what != "wall" or cause.gradual or cause.strongest.confidence >= SURE_ALONE
