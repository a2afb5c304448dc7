"""Brings the kept findings of a pipeline up to date, and says which of its builds are watched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from buildtimetrend.budgets.budget import Budget
from buildtimetrend.errors import Error
from buildtimetrend.findings.changes.moves import Move
from buildtimetrend.findings.document.shared_part import Shows, everything
from buildtimetrend.findings.finding import Findings
from buildtimetrend.findings.kept.known import Happened, Known, Lived
from buildtimetrend.findings.kept.life import OLD, as_known, lived
from buildtimetrend.findings.kept.rows import ChannelsFor, Place, known_of, statements, with_ids
from buildtimetrend.findings.outcomes.budgets import budget_findings, kept_budgets, without
from buildtimetrend.findings.outcomes.ended_builds import outcomes
from buildtimetrend.findings.outcomes.flaky import flaky_findings
from buildtimetrend.findings.outcomes.passing import Results, results
from buildtimetrend.findings.search.incremental import search_again
from buildtimetrend.findings.search.state import state_of
from buildtimetrend.findings.series import Chosen, Measured, chosen
from buildtimetrend.findings.shared.candidates import Question
from buildtimetrend.findings.shared.from_other_projects import with_other_projects
from buildtimetrend.findings.shared.join import tells, with_shared
from buildtimetrend.findings.shared.leader import hearing, on_their_own
from buildtimetrend.findings.shared.same_job import told_once
from buildtimetrend.model import Query
from buildtimetrend.store import reads
from buildtimetrend.store.base import Statement, Store
from buildtimetrend.store.reads.branches import BranchClass, Branches, default_branch
from buildtimetrend.store.statements import analyses
from buildtimetrend.store.statements.analyses import Claimed, Ended

log = structlog.get_logger(__name__)

RANGE = timedelta(weeks=52)
NO_BUDGET = "The settings have no such budget any more."
OF_OUTCOMES = (
    "flaky",
    "results",
    "budget",
)  # kinds of findings that are of how builds end, not of how long they take
AHEAD = timedelta(days=1)  # clocks of CI systems differ
ENOUGH = 50  # passed builds of the default branch: with fewer, those of all branches are watched


@dataclass(frozen=True, slots=True)
class Watched:
    """`whole`: all builds were looked at, and not the new ones alone."""

    findings: Findings
    statements: list[Statement]
    whole: bool


def query_of(repo: str, pipeline: int, now: datetime) -> Query:
    """The builds of a pipeline of which some are watched."""
    return Query(repo, now - RANGE, now + AHEAD, "week", {"pipeline": str(pipeline)})


def watched_builds(store: Store, query: Query) -> Chosen:
    """Those of the default branch, where enough of them passed, else those of all branches."""
    default = default_branch(store, query.repo)
    if default:
        of_default = chosen(store, query, BranchClass(Branches.DEFAULT, default))
        if len(of_default.builds) >= ENOUGH:
            return of_default
    return chosen(store, query, BranchClass(Branches.ALL, default))


@dataclass(frozen=True, slots=True)
class Watch:
    """`tell` says which channels hear of a finding; `due_at` when the pipeline may be looked at next, and is
    asked with whether all its builds were; `pause` is called between pieces of work; `shows` says of
    which repos others may hear.
    """

    store: Store
    tell: ChannelsFor
    due_at: Callable[[bool], datetime]
    pause: Callable[[], None]
    budgets: Sequence[Budget] = ()
    shows: Shows = everything


def watch(by: Watch, claimed: Claimed, now: datetime) -> Watched | None:
    """What is to be stored of a pipeline that changed, the end of its claim among it; None where there is no
    such pipeline.
    """
    store = by.store
    repo = reads.slug_of(store, claimed.repo_id)
    pipeline = next((each for each in reads.pipelines(store, repo) if each.id == claimed.pipeline), None)
    if pipeline is None:
        return None
    query = query_of(repo, claimed.pipeline, now)
    of = watched_builds(store, query)
    look = search_again(of, state_of(claimed.state, of.builds), claimed.changed_since, by.pause)
    at = Place(claimed.repo_id, repo, claimed.pipeline, of.of.branches.value, now)
    look = with_other_projects(store, look, of, at, by.shows)
    by.pause()
    kept = [known_of(row) for row in reads.kept_findings(store, claimed.repo_id, [claimed.pipeline])]
    since = (claimed.began_at or now) - OLD
    kept = on_their_own(store, kept, of.builds, since, by.shows)
    lives = lived(
        [known for known in kept if known.what not in OF_OUTCOMES],
        [as_known(finding, look.findings, pipeline) for finding in look.findings.found],
        look.findings,
        [move for each in look.moves for move in each],
        since,
        claimed.analysed_at,
    )
    ends = outcomes(store, query)
    kinds: dict[str, Callable[[], list[Lived]]] = {
        "flaky": lambda: _of_outcomes(kept, "flaky", flaky_findings(ends, pipeline), ends.builds, since),
        "results": lambda: _of_results(kept, results(ends, of.of, pipeline, kept), since),
        "budget": lambda: _of_budgets(by, kept, at, pipeline, since),
    }
    lives += [life for what, of_kind in kinds.items() for life in _unless_faulty(at, what, of_kind)]
    named = list(with_ids(at, lives, frozenset(known.id for known in kept)))
    turn = analyses.turn(store) if store.shared else None
    question = Question(store, at, by.tell, by.shows, told_once(repo, named, by.tell), look.whole)
    lives, of_others = with_shared(question)
    changes = statements(at, lives, hearing(store, repo, lives, by.tell))
    first_began_at = min((row["started_at"] for row in of.builds), default=None)
    state = look.state.to_json(of.builds)
    end = analyses.ended(
        claimed, Ended(at.branches, len(of.builds), first_began_at, state, now, by.due_at(look.whole))
    )
    # Another process may have looked at another project meanwhile: neither has seen what the other found.
    again = [analyses.look_again(at.repo_id, at.pipeline, now)] if store.shared and question.has_asked else []
    in_turn = analyses.in_turn(turn, now) if store.shared and tells(lives) else []
    return Watched(look.findings, [*end, *in_turn, *changes, *of_others, *again], look.whole)


def _unless_faulty(at: Place, what: str, of_kind: Callable[[], list[Lived]]) -> list[Lived]:
    """A fault in one kind of findings leaves those of it as they are, and all others are stored."""
    try:
        return of_kind()
    except Error:  # as when the store is away: all is looked at again
        raise
    except Exception:
        log.exception("findings.bug", what=what, repo=at.repo, pipeline=at.pipeline)
        return []


def _of_results(kept: Sequence[Known], of: Results, since: datetime) -> list[Lived]:
    return _of_outcomes(kept, "results", of.found, of.builds, since, of.moves)


def _of_budgets(
    by: Watch, kept: Sequence[Known], at: Place, pipeline: reads.Pipeline, since: datetime
) -> list[Lived]:
    lives = _without_budget(kept, by.budgets, at.repo, pipeline, at.now)
    for budget in kept_budgets(by.store, by.budgets, at.repo, pipeline, at.now):
        own = [known for known in kept if known.thing == budget.budget.name]
        lives += _of_outcomes(own, "budget", budget_findings(budget), budget.builds, since)
    return lives


def _of_outcomes(  # noqa: PLR0917 - what `lived` asks for
    kept: Sequence[Known],
    what: str,
    found: Sequence[Known],
    builds: list[dict[str, Any]],
    since: datetime,
    moves: Sequence[Move] = (),
) -> list[Lived]:
    own = [known for known in kept if known.what == what]
    return lived(own, found, Findings((), Measured(builds, {}, {})), moves, since)


def _without_budget(
    kept: Sequence[Known], budgets: Sequence[Budget], repo: str, pipeline: reads.Pipeline, now: datetime
) -> list[Lived]:
    """What burnt when the settings took its budget away."""
    names = {budget.name for budget in budgets if budget.is_for(repo, pipeline.reference)}
    gone = [
        known
        for known in kept
        if known.what == "budget" and known.thing not in names and not (known.over_at or known.withdrawn_at)
    ]
    return [
        Lived(
            without(known, now),
            Happened("fixed", "fixed", NO_BUDGET) if known.state not in (None, "fixed") else None,
        )
        for known in gone
    ]
