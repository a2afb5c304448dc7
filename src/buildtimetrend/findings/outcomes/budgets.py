"""Budgets of a pipeline: how far each is kept, and a finding for each time that one burns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from buildtimetrend import text
from buildtimetrend.budgets.budget import Budget
from buildtimetrend.budgets.burn import PACES, PERIOD, Burning, burning, windows
from buildtimetrend.findings.changes.moves import Move
from buildtimetrend.findings.document.of_finding import build_of
from buildtimetrend.findings.kept.known import Known
from buildtimetrend.findings.outcomes.common_fields import COMMON_FIELDS
from buildtimetrend.findings.sentences.past_tense import Said, in_tense
from buildtimetrend.findings.sentences.status import status
from buildtimetrend.findings.series import Thing
from buildtimetrend.model import Query, Result
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads.branches import BranchClass, Branches, default_branch

WHAT: Final = "budget"
RANGE = 2 * PERIOD  # of builds that are looked at: what burnt before is remembered as a finding


@dataclass(frozen=True, slots=True)
class Kept:
    """A budget of a pipeline. `builds` are rows that it is about, in the order of their ends; `beyond` says
    which of them are beyond it; `burnt` when it burnt.
    """

    budget: Budget
    pipeline: reads.Pipeline
    builds: list[dict[str, Any]]
    beyond: list[bool]
    burnt: list[Burning]

    @property
    def burns(self) -> bool:
        return bool(self.burnt) and self.burnt[-1].over is None


def kept_budgets(
    store: Store, budgets: Sequence[Budget], repo: str, pipeline: reads.Pipeline, now: datetime
) -> Iterator[Kept]:
    """Of those budgets that are for the pipeline."""
    for budget in budgets:
        if not budget.is_for(repo, pipeline.reference):
            continue
        branches = Branches(budget.branches)
        default = default_branch(store, repo) if branches in (Branches.DEFAULT, Branches.OTHERS) else None
        query = Query(repo, now - RANGE, now + RANGE, "week", {"pipeline": str(pipeline.id)})
        waits = budget.what == "queue_time"
        rows = reads.served_builds(store, query, BranchClass(branches, default), waits=waits)
        told = [(row, _is_beyond(budget, row)) for row in rows]
        builds = [row for row, beyond in told if beyond is not None]
        beyond = [bool(beyond) for _, beyond in told if beyond is not None]
        burnt = burning([row["finished_at"] for row in builds], beyond, budget.allowed)
        yield Kept(budget, pipeline, builds, beyond, burnt)


def _is_beyond(budget: Budget, build: dict[str, Any]) -> bool | None:
    """None where the build says nothing of it."""
    if budget.what == "success":
        return bool(build["result"] != Result.PASSED)
    if budget.what == "queue_time":
        return None if build["queue_time"] is None else bool(build["queue_time"] > budget.within)
    if build["result"] != Result.PASSED or build["duration"] is None:
        return None
    return bool(build["duration"] > budget.within)


def as_document(kept: Kept) -> dict[str, Any]:
    """As the API answers with it; shares in percent of the builds of the 28 days up to the last
    one, the latest 2000 at most. Where `RANGE` has no builds there are no shares and no burn rates.
    """
    last = kept.builds[-1]["finished_at"] if kept.builds else None
    of_period = [
        beyond
        for row, beyond in zip(kept.builds, kept.beyond, strict=True)
        if last and row["finished_at"] > last - PERIOD
    ]
    builds, beyond = len(of_period), sum(of_period)
    return {
        "name": kept.budget.name,
        "sentence": rule(kept.budget),
        "what": kept.budget.what,
        "within": kept.budget.within or None,
        "share": kept.budget.share,
        "branches": kept.budget.branches,
        "pipeline": kept.pipeline.reference,
        "state": "burning" if kept.burns else "kept" if builds else "no builds",
        "builds": builds,
        "beyond": beyond,
        "kept": 100 * (1 - beyond / builds) if builds else None,
        "left": 100 * (1 - beyond / (builds * kept.budget.allowed)) if builds else None,
        "burn_rates": [
            {
                "long_hours": pace.long.total_seconds() / 3600,
                "short_hours": pace.short.total_seconds() / 3600,
                "long": long.rate(kept.budget.allowed),
                "short": short.rate(kept.budget.allowed),
                "tells_at": pace.tells_at(kept.budget.allowed),
            }
            for pace in PACES
            for long, short in [windows([row["finished_at"] for row in kept.builds], kept.beyond, pace)]
        ]
        if kept.builds
        else [],
    }


def rule(budget: Budget) -> str:
    """`95 % of builds of pull requests take at most 10 m`"""
    of = {
        "all": "",
        "default": " of the default branch",
        "pull_requests": " of pull requests",
        "others": " of other branches",
    }[budget.branches]
    does = {
        "wall_time": f"take at most {text.duration(budget.within)}",
        "queue_time": f"wait at most {text.duration(budget.within)} for a worker",
        "success": "pass",
    }[budget.what]
    return f"{budget.share:g} % of builds{of} {does}"


def budget_findings(kept: Kept) -> list[Known]:
    """A finding for each time in which it burnt; without ids, in order."""
    return [_known(kept, each) for each in kept.burnt]


def _known(kept: Kept, of: Burning) -> Known:
    builds, window = kept.builds, of.window
    first = builds[of.first]
    over: dict[str, Any] | None = None if of.over is None else builds[of.over]
    share, allowed = 100 * window.beyond / window.builds, 100 * kept.budget.allowed
    thing = Thing(WHAT, kept.budget.name)
    return Known(
        id="",
        what=WHAT,
        thing=kept.budget.name,
        cause=Move(thing, of.first, of.first, of.first, allowed, share, 1.0),
        moved=frozenset({thing}),
        since_at=first["started_at"],
        first_at=first["started_at"],
        last_at=(over or builds[-1])["started_at"],
        over_at=over["started_at"] if over else None,
        document=_document(kept, of),
        branches=kept.budget.branches,
    )


def _document(kept: Kept, of: Burning) -> dict[str, Any]:
    """As `of_finding.py` has those of durations: `before` is the share that may be beyond the budget, in
    percent, and `after` that which is, over the long window.
    """
    budget, window, builds = kept.budget, of.window, kept.builds
    since = build_of(builds[of.first])
    over = None if of.over is None else build_of(builds[of.over])
    share, allowed = 100 * window.beyond / window.builds, 100 * budget.allowed
    return {
        **COMMON_FIELDS,
        **in_tense(lambda said: _headline(kept, of, said), over=over is not None),
        "status": status(1.0, over),
        "evidence": f"{rule(budget)}. First of them: build #{since['number']}.",
        "pipeline": kept.pipeline.reference,
        "provider": kept.pipeline.provider,
        "what": WHAT,
        "before": allowed,
        "after": share,
        "since": since,
        "first": since,
        "last": since,
        "over_since": over,
        "builds_before": of.first,
        "builds_since": len(builds) - of.first,
    }


def _headline(kept: Kept, of: Burning, said: Said) -> str:
    budget, window = kept.budget, of.window
    does = "did not pass" if budget.what == "success" else f"were beyond {text.duration(budget.within)}"
    return (
        f"The budget “{budget.name}” {said('is')} used up {window.rate(budget.allowed):.1f} times as fast as "
        f"it {said('may')} be: {window.beyond} of {window.builds} builds {does}."
    )


def without(known: Known, now: datetime) -> Known:
    """A budget's finding, once the settings have no such budget for the pipeline any more: it is over."""
    return replace(known, withdrawn_at=now)
