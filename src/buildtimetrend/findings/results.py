"""How often a pipeline's builds pass, where that changed for good, as findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from buildtimetrend.findings.document import OF_SHARES, build_of
from buildtimetrend.findings.find import is_back
from buildtimetrend.findings.life import Known
from buildtimetrend.findings.moves import Move
from buildtimetrend.findings.outcomes import Outcomes
from buildtimetrend.findings.series import Thing
from buildtimetrend.findings.words import day, status
from buildtimetrend.model import Result
from buildtimetrend.store import reads
from buildtimetrend.store.reads.branches import BranchClass, Branches
from buildtimetrend.trends.rates import RateChange, rate_changes

WHAT: Final = "results"
MOST_OF_IT = 0.5  # of the builds that did not pass: a job that failed in so many is named
DECIDED = (Result.PASSED, Result.FAILED, Result.ERRORED)


@dataclass(frozen=True, slots=True)
class Results:
    """`builds` are those that passed or did not, of a class of branches; `moves` all changes of how many did
    not, in percent; `found` those that are to be told.
    """

    builds: list[dict[str, Any]]
    moves: list[Move]
    found: list[Known]


def results(of: Outcomes, branches: BranchClass, pipeline: reads.Pipeline) -> Results:
    chosen = [
        (place, row)
        for place, row in enumerate(of.builds)
        if row["result"] in DECIDED and _is_of(row, branches)
    ]
    builds = [row for _, row in chosen]
    changes = rate_changes([row["result"] == Result.PASSED for row in builds])
    moves = [_move(change) for change in changes]
    failing = _failing_jobs(of, [place for place, _ in chosen])
    found = []
    for number, change in enumerate(changes):
        back = next((move for move in moves[number + 1 :] if is_back(moves[number], move)), None)
        known = _known(change, moves[number], builds, pipeline, back.place if back else None)
        known.document["evidence"] = _evidence(change, builds, failing)
        found.append(known)
    return Results(builds, moves, found)


def _is_of(row: dict[str, Any], of: BranchClass) -> bool:
    if of.branches is Branches.DEFAULT:
        return row["branch"] == of.default and not row["is_pull"]
    if of.branches is Branches.PULL_REQUESTS:
        return bool(row["is_pull"])
    return of.branches is Branches.ALL or (row["branch"] != of.default and not row["is_pull"])


def _move(change: RateChange) -> Move:
    """Of what did not pass: more of that is worse."""
    before, after = 100 * (1 - change.before), 100 * (1 - change.after)
    return Move(Thing(WHAT), change.index, change.first, change.last, before, after, 1.0)


def _known(
    change: RateChange,
    move: Move,
    builds: Sequence[dict[str, Any]],
    pipeline: reads.Pipeline,
    over: int | None = None,
) -> Known:
    since, first, last = (builds[at]["started_at"] for at in (change.index, change.first, change.last))
    return Known(
        id="",
        what=WHAT,
        thing="",
        cause=move,
        moved=frozenset({move.thing}),
        since_at=since,
        first_at=min(first, since),
        last_at=max(last, since),
        over_at=None if over is None else builds[over]["started_at"],
        document=_document(change, builds, pipeline, None if over is None else build_of(builds[over])),
    )


def _document(
    change: RateChange,
    builds: Sequence[dict[str, Any]],
    pipeline: reads.Pipeline,
    over: dict[str, Any] | None,
) -> dict[str, Any]:
    """As `findings.document` has those of durations; shares are in percent of builds."""
    worse = change.after < change.before
    return {
        **OF_SHARES,
        "sentence": headline(change, builds),
        "status": status(1.0 if worse else -1.0, over),
        "pipeline": pipeline.reference,
        "provider": pipeline.provider,
        "what": WHAT,
        "worse": worse,
        "before": 100 * change.before,
        "after": 100 * change.after,
        "since": build_of(builds[change.index]),
        "first": build_of(builds[change.first]),
        "last": build_of(builds[change.last]),
        "last_before": build_of(builds[change.first - 1]) if change.first else None,
        "over_since": over,
        "builds_before": change.index,
        "builds_since": len(builds) - change.index,
    }


def headline(change: RateChange, builds: Sequence[dict[str, Any]]) -> str:
    """`Builds pass less often: 71 % instead of 89 % since build 320 on 3 Oct 2026 (34 of 48 builds).`"""
    less = "less" if change.after < change.before else "more"
    since = builds[change.index]
    return (
        f"Builds pass {less} often: {100 * change.after:.0f} % instead of {100 * change.before:.0f} % since "
        f"build {since['number']} on {day(since['started_at'])} ({change.yes} of {change.values} builds)."
    )


def _failing_jobs(of: Outcomes, places: Sequence[int]) -> list[set[str]]:
    """Of each of these builds the jobs that failed in it."""
    failed: dict[int, set[str]] = {place: set() for place in places}
    for run in of.runs:
        if not run.passed and run.build in failed:
            failed[run.build].add(run.job)
    return list(failed.values())


def _evidence(change: RateChange, builds: Sequence[dict[str, Any]], failing: Sequence[set[str]]) -> str:
    """Where it began, and the job that failed in most of the builds that did not pass."""
    first, last = builds[change.first], builds[change.last]
    began = (
        f"It began with build {first['number']}"
        if change.first == change.last
        else f"It began with one of builds {first['number']} to {last['number']}"
    )
    of_it = range(change.index, change.index + change.values)
    not_passed = [place for place in of_it if builds[place]["result"] != Result.PASSED]
    jobs = Counter(job for place in not_passed for job in failing[place])
    if change.after >= change.before or not jobs:
        return f"{began}."
    job, times = max(jobs.items(), key=lambda one: (one[1], one[0]))
    if times < MOST_OF_IT * len(not_passed):
        return f"{began}; no job failed in half of the builds that did not pass."
    named = f"Job {job}" if job else "The job"
    return f"{began}. {named} failed in {times} of the {len(not_passed)} that did not pass."
