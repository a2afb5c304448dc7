"""The series of a pipeline: values of one thing over its builds that passed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from statistics import median
from typing import Any, Literal, NamedTuple, TypeAlias

from buildtimetrend.model import Query
from buildtimetrend.steps import label
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.reads.branches import BranchClass
from buildtimetrend.store.reads.measured import EVERY_BRANCH, MOST_BUILDS
from buildtimetrend.waste.runs import called

Kind: TypeAlias = Literal["wall", "waiting", "job", "step"]
Rate: TypeAlias = Literal["flaky", "results", "budget"]  # how often something happens, in percent of builds


class Thing(NamedTuple):
    """What is measured: wall time of builds, waiting of their jobs for a worker (its median), the duration of
    a job, or of a step in it; or how often something happens.
    """

    kind: Kind | Rate
    job: str = ""  # its name and matrix entry
    step: str = ""  # its key


@dataclass(slots=True)
class Values:
    """Of the builds at `places`, ascending."""

    places: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def add(self, place: int, seconds: float) -> None:
        """Of jobs that a build has twice by one name the sum counts."""
        if self.places and self.places[-1] == place:
            self.seconds[-1] += seconds
        else:
            self.places.append(place)
            self.seconds.append(seconds)


@dataclass(slots=True)
class Runs:
    """Places of `builds`, but for further attempts, which repeat some of the jobs; and by a job's name, of
    those that ran it, however it ended, and in which it passed. `last` is the job that ended last, by place.
    """

    builds: Sequence[int]
    ran: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    passed: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    last: dict[int, str] = field(default_factory=dict)

    def within(self, places: Collection[int]) -> Runs:
        """Those of these places alone."""
        ran, passed = (
            defaultdict(list, {job: [place for place in own if place in places] for job, own in of.items()})
            for of in (self.ran, self.passed)
        )
        return Runs([place for place in self.builds if place in places], ran, passed, self.last)


@dataclass(frozen=True, slots=True)
class Measured:
    """`builds` are rows, in the order of their ends. `labels` are what people call steps, by key."""

    builds: list[dict[str, Any]]
    values: Mapping[Thing, Values]
    labels: Mapping[str, str]
    runs: Runs = field(default_factory=lambda: Runs(()))

    def jobs_with(self, step: str) -> list[str]:
        """That run it, by name."""
        return [thing.job for thing in self.values if thing.kind == "step" and thing.step == step]

    def chances(self, thing: Thing) -> tuple[Sequence[int], Sequence[int]]:
        """The places of what might have run a step or job, and of what did; of all else none."""
        if thing.kind not in ("job", "step"):
            return (), ()
        if thing.kind == "step":
            own = self.values[thing].places if thing in self.values else ()
            return self.runs.passed.get(thing.job, ()), own
        return self.runs.builds, self.runs.ran.get(thing.job, ())

    def stamps(self, values: Values) -> list[float]:
        """Unix times of when the builds began."""
        return [self.builds[place]["started_at"].timestamp() for place in values.places]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Builds to measure: those of the query, and of a class of branches. `builds` are rows of them, the last
    attempt of each, in the order of their ends.
    """

    store: Store
    query: Query
    of: BranchClass
    builds: list[dict[str, Any]]


def chosen(store: Store, query: Query, of: BranchClass = EVERY_BRANCH) -> Chosen:
    """The last builds of the range that passed; of one that was tried again, its last attempt."""
    last = {row["build_id"]: row for row in rows(reads.passed_builds(store, query, of))}
    builds = sorted(last.values(), key=lambda row: (row["finished_at"], row["build_id"]))
    return Chosen(store, query, of, builds)


def measured(of: Chosen, first: int = 0, only: Collection[Thing] | None = None) -> Measured:
    """What took how long in the builds from that place on; with `only`, of these things alone."""
    store, query, builds = of.store, of.query, of.builds[first:]
    if first and builds:  # jobs that ended earlier are of earlier builds
        query = replace(query, since=max(query.since, min(row["started_at"] for row in builds)))
    places = {(row["build_id"], row["attempt"]): first + place for place, row in enumerate(builds)}
    values: defaultdict[Thing, Values] = defaultdict(Values)
    for place, row in enumerate(builds, first):
        values[Thing("wall")].add(place, row["duration"])
    # A build of which an earlier attempt passed as well has two rows there.
    most = MOST_BUILDS if not first else min(MOST_BUILDS, 2 * len(builds))
    runs = Runs([place for place, row in enumerate(builds, first) if row["attempt"] == 1])
    _add_jobs(values, runs, _placed(places, rows(reads.jobs_of_passed(store, query, of.of, most))))
    keys = None if only is None else sorted({thing.step for thing in only if thing.step})
    steps = rows(reads.passed_steps(store, query, of.of, most, keys)) if keys is None or keys else []
    labels = _add_steps(values, places, steps)
    if only is not None:
        values = defaultdict(Values, {thing: values[thing] for thing in only if thing in values})
    return Measured(of.builds, values, labels, runs)


def _add_jobs(values: Mapping[Thing, Values], runs: Runs, jobs: Sequence[tuple[int, dict[str, Any]]]) -> None:
    waits: defaultdict[int, list[float]] = defaultdict(list)
    ends: dict[int, datetime] = {}
    for place, job in jobs:
        name = job_of(job)
        _add_place(runs.ran[name], place)
        if job["finished_at"] and (place not in ends or job["finished_at"] > ends[place]):
            ends[place], runs.last[place] = job["finished_at"], name
        if job["result"] != "passed" or job["duration"] is None:
            continue
        _add_place(runs.passed[name], place)
        values[Thing("job", name)].add(place, job["duration"])
        if job["queue_time"] is not None:
            waits[place].append(job["queue_time"])
    for place, seconds in sorted(waits.items()):
        values[Thing("waiting")].add(place, median(seconds))


def _add_place(places: list[int], place: int) -> None:
    if not places or places[-1] != place:
        places.append(place)


def _add_steps(
    values: Mapping[Thing, Values], places: Mapping[tuple[str, int], int], steps: list[dict[str, Any]]
) -> dict[str, str]:
    labels = {}
    for place, step in _placed(places, steps):
        values[Thing("step", job_of(step), step["step"])].add(place, step["duration"])
        labels[step["step"]] = label(step["step"], step["phase"])
    return labels


def _placed(
    places: Mapping[tuple[str, int], int], found: list[dict[str, Any]]
) -> list[tuple[int, dict[str, Any]]]:
    """Rows of the builds that count, in their order."""
    known = ((places.get((row["build_id"], row["attempt"])), row) for row in found)
    return sorted(((place, row) for place, row in known if place is not None), key=lambda one: one[0])


def job_of(row: Mapping[str, Any]) -> str:
    """Name and matrix entry."""
    return called(row["name"], row["matrix"])
