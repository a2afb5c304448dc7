"""Two sides compared: which steps make the jobs of one slower than those of the other.

Per side and step the seconds per job, which are 0 for a job that the step did not run in: so the
contributions of all steps, and of the time outside of them, add up to the difference of the mean durations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from buildtimetrend.charts.margins import NOTHING, Sums, margin
from buildtimetrend.enough import Verdict, change
from buildtimetrend.steps import label
from buildtimetrend.store.base import Store, Table, rows
from buildtimetrend.store.reads import success_rate
from buildtimetrend.store.reads.compare import (
    Side,
    side_figures,
    side_matrix,
    side_outside,
    side_steps,
    side_waits,
    side_walls,
)

Kind: TypeAlias = Literal["step", "others", "outside"]
OUTSIDE, OTHERS = "outside of steps", "all other steps"
# More steps than anybody reads; all the others are one.
STEPS = 500
ENTRIES = 200
# Differences (s) of which a share would say nothing.
NO_DIFFERENCE = 1e-6


@dataclass(frozen=True, slots=True)
class SideFigures:
    """`jobs` ended, `timed` are those whose durations count, `with_steps` those of them that have steps.

    Durations and `queue_median` are in seconds, `success_rate` in percent. A build has no range.
    """

    since: datetime | None
    until: datetime | None
    builds: int
    jobs: int
    timed: int
    with_steps: int
    mean: float | None
    median: float | None
    p95: float | None
    queue_median: float | None
    success_rate: float | None


@dataclass(frozen=True, slots=True)
class StepPart:
    """What a step takes on one side: seconds per job, runs, and seconds per run."""

    mean: float
    runs: int
    per_run: float | None


@dataclass(frozen=True, slots=True)
class Contribution:
    """`kind` is step, others or outside; a step has a `phase`, beside which it is called `name`.
    `contribution` is b's mean less a's; `share` (%) is of the whole difference; `margin` holds with a
    probability of 95 %, None where jobs are too few for one.
    """

    kind: Kind
    name: str
    phase: str | None
    contribution: float
    margin: float | None
    share: float | None
    a: StepPart
    b: StepPart


@dataclass(frozen=True, slots=True)
class MatrixEntry:
    """An entry of the build matrix. What needs both sides is None where one lacks it; `change` in percent, of
    what `verdict` says that it means.
    """

    matrix: str
    a_jobs: int
    b_jobs: int
    a_mean: float | None
    b_mean: float | None
    difference: float | None
    margin: float | None
    change: float | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class OfBuilds:
    """A time of builds on both sides (s): of how many, mean and median. `difference` is b's mean less a's,
    None where a side has none; `margin` holds with a probability of 95 %; `verdict` says what `change` (%)
    means.
    """

    a_builds: int
    b_builds: int
    a_mean: float | None
    b_mean: float | None
    a_median: float | None
    b_median: float | None
    difference: float | None
    margin: float | None
    change: float | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Comparison:
    """`difference` (s), its `margin` and `change` (%) are those of the mean job durations, None when a side
    has no jobs; then there are no steps either. `verdict` is what the change means, by `enough.change`.
    `same_mix` (s) is the difference as it would be if both sides had as many jobs of each entry of the build
    matrix. `wall` is of the wall times of builds, `waiting` of the longest wait for a worker in each.
    """

    a: SideFigures
    b: SideFigures
    wall: OfBuilds
    waiting: OfBuilds
    difference: float | None
    margin: float | None
    change: float | None
    verdict: Verdict
    same_mix: float | None
    steps: tuple[Contribution, ...]
    matrix: tuple[MatrixEntry, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """What the store says of one side."""

    figures: SideFigures
    walls: tuple[Sums, float | None]  # with their median
    waits: tuple[Sums, float | None]
    durations: Sums
    outside: Sums
    steps: Mapping[str, Sums]  # by key
    phases: Mapping[str, str]
    matrix: Mapping[str, Sums]


def compare(store: Store, a: Side, b: Side) -> Comparison:
    """What b differs in from a."""
    return _compare(_read(store, a), _read(store, b))


def _compare(a: _Read, b: _Read) -> Comparison:
    difference = _difference(a.durations, b.durations)
    entries = sorted(
        (
            _entry(name, a.matrix.get(name, NOTHING), b.matrix.get(name, NOTHING))
            for name in a.matrix.keys() | b.matrix.keys()
        ),
        key=lambda entry: (entry.difference is None, -abs(entry.difference or 0), entry.matrix),
    )
    return Comparison(
        a=a.figures,
        b=b.figures,
        wall=_of_builds(a.walls, b.walls),
        waiting=_of_builds(a.waits, b.waits),
        difference=difference,
        margin=margin(a.durations, b.durations),
        change=_percent(a.durations, b.durations),
        verdict=_verdict(a.durations, b.durations),
        same_mix=_same_mix(entries),
        steps=() if difference is None else _steps(a, b, difference),
        matrix=tuple(entries[:ENTRIES]),
    )


def _of_builds(a: tuple[Sums, float | None], b: tuple[Sums, float | None]) -> OfBuilds:
    (of_a, a_median), (of_b, b_median) = a, b
    return OfBuilds(
        a_builds=of_a.jobs,
        b_builds=of_b.jobs,
        a_mean=of_a.mean if of_a.jobs else None,
        b_mean=of_b.mean if of_b.jobs else None,
        a_median=a_median,
        b_median=b_median,
        difference=_difference(of_a, of_b),
        margin=margin(of_a, of_b),
        change=_percent(of_a, of_b),
        verdict=_verdict(of_a, of_b),
    )


def _steps(a: _Read, b: _Read, difference: float) -> tuple[Contribution, ...]:
    """Those that contribute most first, what is outside of steps among them."""
    jobs = a.durations.jobs, b.durations.jobs
    phases = {**a.phases, **b.phases}
    found = [
        _contribution(
            ("step", label(key, phase), phase),
            (a.steps.get(key, NOTHING), b.steps.get(key, NOTHING)),
            jobs,
            difference,
        )
        for key, phase in phases.items()
    ]
    found.append(_contribution(("outside", OUTSIDE, None), (a.outside, b.outside), jobs, difference))
    found.sort(key=lambda part: (-abs(part.contribution), part.name, part.phase or ""))
    return _shortened(found, difference)


def _shortened(found: list[Contribution], difference: float) -> tuple[Contribution, ...]:
    """The first `STEPS`; the others as one, so that all still adds up."""
    rest = found[STEPS:]
    if not rest:
        return tuple(found)
    contribution = sum(part.contribution for part in rest)
    a, b = (_together([getattr(part, side) for part in rest]) for side in ("a", "b"))
    others = Contribution("others", OTHERS, None, contribution, None, _share(contribution, difference), a, b)
    return (*found[:STEPS], others)


def _together(parts: list[StepPart]) -> StepPart:
    runs = sum(part.runs for part in parts)
    seconds = sum(part.runs * (part.per_run or 0) for part in parts)
    return StepPart(sum(part.mean for part in parts), runs, seconds / runs if runs else None)


def _contribution(
    what: tuple[Kind, str, str | None], ran: tuple[Sums, Sums], jobs: tuple[int, int], difference: float
) -> Contribution:
    """Of both sides the jobs that a step `ran` in, and all `jobs`: the others took 0 s of it."""
    a, b = ran
    of_a, of_b = a._replace(jobs=jobs[0]), b._replace(jobs=jobs[1])
    contribution = of_b.mean - of_a.mean
    return Contribution(
        *what,
        contribution=contribution,
        margin=margin(of_a, of_b),
        share=_share(contribution, difference),
        a=StepPart(of_a.mean, a.jobs, a.total / a.jobs if a.jobs else None),
        b=StepPart(of_b.mean, b.jobs, b.total / b.jobs if b.jobs else None),
    )


def _entry(name: str, a: Sums, b: Sums) -> MatrixEntry:
    difference = _difference(a, b)
    return MatrixEntry(
        matrix=name,
        a_jobs=a.jobs,
        b_jobs=b.jobs,
        a_mean=a.mean if a.jobs else None,
        b_mean=b.mean if b.jobs else None,
        difference=difference,
        margin=margin(a, b),
        change=_percent(a, b),
        verdict=_verdict(a, b),
    )


def _percent(a: Sums, b: Sums) -> float | None:
    """Shown whatever it means: the jobs of both sides stand beside it."""
    return 100 * (b.mean - a.mean) / a.mean if a.total and b.jobs else None


def _verdict(a: Sums, b: Sums) -> Verdict:
    now, before = (side.mean if side.jobs else None for side in (b, a))
    return change(now, before, b.jobs, a.jobs, margin=margin(a, b)).verdict


def _same_mix(entries: list[MatrixEntry]) -> float | None:
    both = [(entry.a_jobs + entry.b_jobs, entry.difference) for entry in entries]
    jobs = sum(count for count, difference in both if difference is not None)
    return sum(count * (difference or 0) for count, difference in both) / jobs if jobs else None


def _difference(a: Sums, b: Sums) -> float | None:
    return b.mean - a.mean if a.jobs and b.jobs else None


def _share(contribution: float, difference: float) -> float | None:
    return 100 * contribution / difference if abs(difference) > NO_DIFFERENCE else None


def _read(store: Store, side: Side) -> _Read:
    found: dict[str, Any] = side_figures(store, side)
    outside: dict[str, Any] = side_outside(store, side)
    timed = found["timed"]
    durations = Sums(timed, found["total"] or 0.0, found["squares"] or 0.0)
    is_build = side.number is not None
    steps = rows(side_steps(store, side))
    figures = SideFigures(
        since=None if is_build else side.query.since,
        until=None if is_build else side.query.until,
        builds=found["builds"],
        jobs=found["jobs"],
        timed=timed,
        with_steps=outside["with_steps"],
        mean=durations.mean if timed else None,
        median=found["p50"],
        p95=found["p95"],
        queue_median=found["queue"],
        success_rate=success_rate(side.query, found["passed"], found["failed"]),
    )
    return _Read(
        figures=figures,
        walls=_sums(side_walls(store, side)),
        waits=_sums(side_waits(store, side)),
        durations=durations,
        outside=Sums(timed, outside["total"] or 0.0, outside["squares"] or 0.0),
        steps={row["key"]: Sums(row["runs"], row["total"], row["squares"]) for row in steps},
        phases={row["key"]: row["phase"] for row in steps},
        matrix=_by_entry(side_matrix(store, side)),
    )


def _sums(found: dict[str, Any]) -> tuple[Sums, float | None]:
    return Sums(found["timed"], found["total"] or 0.0, found["squares"] or 0.0), found["p50"]


def _by_entry(table: Table) -> dict[str, Sums]:
    """An entry may have two rows, see `by_entry` in the store."""
    found: dict[str, Sums] = {}
    for row in rows(table):
        before = found.get(row["matrix"], NOTHING)
        sums = (row["timed"], row["total"], row["squares"])
        found[row["matrix"]] = Sums(*(one + other for one, other in zip(before, sums, strict=True)))
    return found
