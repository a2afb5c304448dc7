"""A pull request's builds beside those of its base branch: what takes longer, or less, beyond chance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import fmean, median, stdev
from typing import Literal, TypeAlias, TypeVar

from buildtimetrend.enough import LEAST, NOTABLE, SIDE
from buildtimetrend.model import Build, Job, Result
from buildtimetrend.steps import keys, label

MOST_OF_IT = 0.5  # a cause accounts for this share or more
T_95 = 1.96  # of 95 % of a normal distribution; of few values more
T_FEW = 2.6  # by how much more, times the number of values less one

Step: TypeAlias = tuple[str, str]  # a job's name, and the label of a step in it
Key = TypeVar("Key", str, tuple[str, str])
What: TypeAlias = Literal["step", "waiting", "job", "none"]


@dataclass(frozen=True, slots=True)
class Band:
    """What the base branch's builds took (s): their median, and the range that 19 of 20 further ones are in
    by chance. Of fewer than `SIDE` there is none.
    """

    usual: float
    low: float
    high: float

    def is_beyond(self, seconds: float) -> bool:
        """By more than chance, and by what people notice."""
        difference = abs(seconds - self.usual)
        return (
            not self.low <= seconds <= self.high
            and difference >= LEAST
            and 100 * difference >= NOTABLE * self.usual
        )


@dataclass(frozen=True, slots=True)
class Row:
    """Seconds of one thing in the pull request's latest build, and the base branch's band, if any."""

    seconds: float
    band: Band | None

    @property
    def difference(self) -> float:
        return self.seconds - self.band.usual if self.band else 0.0

    @property
    def is_beyond(self) -> bool:
        return self.band is not None and self.band.is_beyond(self.seconds)


@dataclass(frozen=True, slots=True)
class Compared:
    """`build` is the pull request's latest that passed, `showing` those of its `builds` that are beyond the
    band to the same side. `cause` is the label of a step, or the name of a job, that explains half or more;
    `cause_jobs` are those that it is seen in, of `of_jobs`. `last` is the job that ends last.
    """

    build: Build
    builds: Sequence[Build]
    base: Sequence[Build]
    wall: Row
    showing: Sequence[Build]
    what: What
    cause: str
    cause_row: Row | None  # in the job in which it is seen most, or in `last`
    cause_job: str
    cause_jobs: Sequence[str]
    of_jobs: int
    last: str
    waiting: Row | None
    others: Row | None  # the other steps of the cause's job, or of the last one, together
    other_steps: int
    jobs: Mapping[str, Row]


def compared(builds: Sequence[Build], base: Sequence[Build]) -> Compared | None:
    """`builds` of the pull request and `base`, each the oldest first; all have passed. None where there are
    too few of the base branch, or none of the pull request.
    """
    if not builds or len(base) < SIDE:
        return None
    build = builds[-1]
    band = band_of([each.duration for each in base])
    if band is None or build.duration is None:
        return None
    wall = Row(build.duration, band)
    now, before = _steps(build), [_steps(each) for each in base]
    steps, jobs = _rows(now, before), _rows(_jobs(build), [_jobs(each) for each in base])
    waited, usual_waits = _waiting(build), [_waiting(each) for each in base]
    waiting = Row(waited, band_of(usual_waits)) if waited is not None else None
    last = _last(build.jobs)
    what, cause, places = _cause(wall, steps, jobs, waiting, last)
    seen = [job for job, _ in places]
    chosen = last if last in seen else _most(steps, places) if places else last
    rest = [key for key in steps if key[0] == chosen and key not in places]
    return Compared(
        build=build,
        builds=builds,
        base=base,
        wall=wall,
        showing=[each for each in builds if _is_like(each, wall)],
        what=what,
        cause=cause,
        cause_row=steps[chosen, cause] if what == "step" else jobs.get(cause) if what == "job" else None,
        cause_job=chosen,
        cause_jobs=sorted(seen),
        of_jobs=sum(key[1] == cause for key in steps) if what == "step" else len(jobs),
        last=last,
        waiting=waiting,
        others=_together(rest, now, before) if rest else None,
        other_steps=len(rest),
        jobs=jobs,
    )


def band_of(values: Iterable[float | None]) -> Band | None:
    """Of log-normal values: durations are spread like that. Where some are 0, of normal ones."""
    known = [value for value in values if value is not None]
    if len(known) < SIDE:
        return None
    by_log = min(known) > 0
    scaled = [log(value) for value in known] if by_log else known
    n = len(known)
    margin = (T_95 + T_FEW / (n - 1)) * stdev(scaled) * sqrt(1 + 1 / n)
    low, high = fmean(scaled) - margin, fmean(scaled) + margin
    return Band(median(known), exp(low) if by_log else max(0.0, low), exp(high) if by_log else high)


def job_name(job: Job) -> str:
    """Name and matrix entry: two jobs may have the same entry."""
    matrix, name = job.matrix.summary, job.name or ""
    return f"{name} ({matrix})" if name and matrix else name or matrix or job.number or "the job"


def _steps(build: Build) -> dict[Step, float]:
    """Seconds by job and label, of the steps of depth 0 that ran."""
    found: defaultdict[Step, float] = defaultdict(float)
    for job in build.jobs:
        for step, key in zip(job.steps, keys(job.steps), strict=True):
            if step.depth == 0 and step.ran:
                found[job_name(job), label(key, step.phase)] += step.duration
    return found


def _jobs(build: Build) -> dict[str, float]:
    found: defaultdict[str, float] = defaultdict(float)
    for job in build.jobs:
        if job.result is Result.PASSED and job.duration is not None:
            found[job_name(job)] += job.duration
    return found


def _waiting(build: Build) -> float | None:
    waits = [job.queue_time for job in build.jobs if job.queue_time is not None]
    return median(waits) if waits else None


def _rows(now: Mapping[Key, float], before: Iterable[Mapping[Key, float]]) -> dict[Key, Row]:
    values: defaultdict[Key, list[float]] = defaultdict(list)
    for each in before:
        for key, seconds in each.items():
            values[key].append(seconds)
    return {key: Row(seconds, band_of(values[key])) for key, seconds in now.items()}


def _cause(
    wall: Row,
    steps: Mapping[Step, Row],
    jobs: Mapping[str, Row],
    waiting: Row | None,
    last: str,
) -> tuple[What, str, list[Step]]:
    """What explains half of the difference or more: a step before a wait before a job."""
    enough = MOST_OF_IT * abs(wall.difference)
    same = [key for key, row in steps.items() if row.is_beyond and row.difference * wall.difference > 0]
    most = max(same, key=lambda key: abs(steps[key].difference), default=None)
    waits = abs(waiting.difference) if waiting and waiting.is_beyond else 0.0
    waits = waits if waiting and waiting.difference * wall.difference > 0 else 0.0
    if most and abs(steps[most].difference) >= max(enough, waits):
        return "step", most[1], [key for key in same if key[1] == most[1]]
    if waits >= enough and waits:
        return "waiting", "", []
    of_jobs = [name for name, row in jobs.items() if row.is_beyond and row.difference * wall.difference > 0]
    job = last if last in of_jobs else max(of_jobs, key=lambda name: abs(jobs[name].difference), default="")
    if job and abs(jobs[job].difference) >= enough:
        return "job", job, []
    return "none", "", []


def _most(steps: Mapping[Step, Row], places: Sequence[Step]) -> str:
    return max(places, key=lambda key: abs(steps[key].difference))[0]


def _together(
    names: Sequence[Step], now: Mapping[Step, float], before: Iterable[Mapping[Step, float]]
) -> Row:
    totals = [sum(found.get(name, 0.0) for name in names) for found in (now, *before)]
    return Row(totals[0], band_of(totals[1:]))


def _last(jobs: Sequence[Job]) -> str:
    """The job that ends last."""
    ended = [(job.finished_at, job_name(job)) for job in jobs if job.finished_at is not None]
    return max(ended, default=(None, ""))[1]


def _is_like(build: Build, wall: Row) -> bool:
    row = Row(build.duration, wall.band) if build.duration is not None else None
    return row is not None and row.is_beyond and row.difference * wall.difference > 0
