"""Series of whether builds passed, and each of their jobs, and where their shares changed."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from buildtimetrend.findings.changes.moves import Move
from buildtimetrend.findings.outcomes.ended_builds import Outcomes
from buildtimetrend.findings.series import Thing
from buildtimetrend.model import Result
from buildtimetrend.store.reads.branches import BranchClass, Branches
from buildtimetrend.trends.rates import SIDE, TOLD, RateChange, least_of_parts, rate_changes

WHAT: Final = "results"
DECIDED = (Result.PASSED, Result.FAILED, Result.ERRORED)

# Of each series the builds from which on it was told to have changed, by their places.
KnownChanges = Mapping[Thing, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Passing:
    """A series: whether builds passed, or a job in them, by the places of those builds, ascending."""

    thing: Thing
    places: list[int] = field(default_factory=list)
    passed: list[bool] = field(default_factory=list)

    @property
    def may_change(self) -> bool:
        return len(self.places) >= 2 * SIDE and not all(self.passed) and any(self.passed)


@dataclass(frozen=True, slots=True)
class Changed:
    """A change of a series, and as a move: of how many did not pass, in percent. What was `before` it begins
    there among its values.
    """

    of: Passing
    change: RateChange
    before: int

    @property
    def move(self) -> Move:
        """More of what did not pass is worse."""
        change, places = self.change, self.of.places
        return Move(
            thing=self.of.thing,
            place=places[change.index],
            first=places[change.first - 1] + 1,  # builds that did not run it may be on the new level
            last=places[change.last],
            before=100 * (1 - change.before),
            after=100 * (1 - change.after),
            confidence=1.0,
        )

    @property
    def worse(self) -> bool:
        return self.change.after < self.change.before

    @property
    def span(self) -> range:
        """Places of the builds while more did not pass: since a change for the worse, else before."""
        change, places = self.change, self.of.places
        start = change.index if self.worse else self.before
        end = change.index + change.values if self.worse else change.index
        return range(places[start], places[end - 1] + 1)


@dataclass(frozen=True, slots=True)
class PipelinePassing:
    """`rows` are the builds, of a class of branches, that passed or did not; `builds` is the series of all,
    and `jobs` those of each job with a name, where there are several. `failed` are the jobs that did not
    pass, by place.
    """

    rows: list[dict[str, Any]]
    builds: Passing
    jobs: Mapping[str, Passing]
    failed: Mapping[int, frozenset[str]]

    def failing(self, span: range) -> list[int]:
        """Places of the builds that did not pass."""
        return [place for place in span if not self.builds.passed[place]]

    def changes(self, known: KnownChanges) -> Iterator[Changed]:
        yield from _changes(self.builds, TOLD, known)
        changing = [job for job in self.jobs.values() if job.may_change]
        for job in changing:
            yield from _changes(job, least_of_parts(len(changing)), known)


def passing_of(of: Outcomes, branches: BranchClass) -> PipelinePassing:
    """Of a build that was tried again the last attempt counts, and of a job its last run in it. A job that
    failed in a build that passed nevertheless may do so: it counts as passed.
    """
    chosen = [
        place for place, row in enumerate(of.builds) if row["result"] in DECIDED and _is_of(row, branches)
    ]
    rows = [of.builds[place] for place in chosen]
    passed = [row["result"] == Result.PASSED for row in rows]
    builds = Passing(Thing(WHAT), list(range(len(rows))), passed)
    jobs: dict[str, Passing] = {}
    failed: defaultdict[int, set[str]] = defaultdict(set)
    for place, runs in enumerate(_last_runs(of, chosen)):
        for job, job_passed in runs.items():
            series = jobs.setdefault(job, Passing(Thing(WHAT, job)))
            series.places.append(place)
            series.passed.append(job_passed or passed[place])
            if not series.passed[-1]:
                failed[place].add(job)
    # A single one says what builds do.
    named = {job: series for job, series in jobs.items() if job and len(jobs) > 1}
    return PipelinePassing(rows, builds, named, {at: frozenset(names) for at, names in failed.items()})


def _last_runs(of: Outcomes, places: Sequence[int]) -> list[dict[str, bool]]:
    """Of each of these builds whether its jobs passed, the last time."""
    found: dict[int, dict[str, bool]] = {place: {} for place in places}
    for run in sorted(of.runs, key=lambda run: run.at):
        if run.build in found:
            found[run.build][run.job] = run.passed
    return list(found.values())


def _is_of(row: dict[str, Any], of: BranchClass) -> bool:
    if of.branches is Branches.DEFAULT:
        return row["branch"] == of.default and not row["is_pull"]
    if of.branches is Branches.PULL_REQUESTS:
        return bool(row["is_pull"])
    return of.branches is Branches.ALL or (row["branch"] != of.default and not row["is_pull"])


def _changes(of: Passing, least: float, known: KnownChanges) -> Iterator[Changed]:
    told = [bisect_left(of.places, place) for place in known.get(of.thing, ())]
    before = 0
    for change in rate_changes(of.passed, least, told):
        yield Changed(of, change, before)
        before = change.index
