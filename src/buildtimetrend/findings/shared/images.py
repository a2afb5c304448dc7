"""Whether jobs of one image, or on one kind of runner, moved in several projects at the same time.

A project's own change is where its series say; whether others moved there, too, is one question at a known
place: a few of their builds answer it, long before their own series are told.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import mean, median
from typing import Any, Literal, TypeAlias

from buildtimetrend import json_text
from buildtimetrend.enough import NOTABLE, SIDE
from buildtimetrend.findings.series import job_of

Whose: TypeAlias = Literal["repo_id", "pipeline"]

MANY = 3  # projects
LEAST_SINCE = 3  # builds of each
NEAREST = 12  # builds before, and twice as many since: further ones may be of another level
SURE = 3.5  # deviations: the place is known, and several projects must agree
ALIKE = 2.0  # times as much, or as little: otherwise it is another change
BESIDE = 3  # builds of a project between where it moved most and where it should have
LEAST_NOISE = 0.02  # of the logarithm: clocks of whole seconds, and few builds that are the same by chance
MAD = 1.4826  # times the median distance is a deviation; that of a median is 1.25 times that of a mean
OF_MEDIAN = 1.25


@dataclass(frozen=True, slots=True)
class Shift:
    """What moved: the jobs' `duration` or their `queue_time`, between the build that began at `since` and
    that which began at `until`.
    """

    jobs: frozenset[str]
    measure: str
    since: datetime
    until: datetime
    slower: bool

    def has(self, job: Mapping[str, Any]) -> bool:
        """Without names it is about all jobs."""
        return not self.jobs or job_of(job) in self.jobs


@dataclass(frozen=True, slots=True)
class MovedThen:
    """By what logarithm jobs of a project moved, 0 if not beyond chance or elsewhere, and when the build
    began from which on they most likely did.
    """

    by: float
    since: datetime


def image_of(job: Mapping[str, Any]) -> str:
    """What a job asked of its runner: its labels, else the system of its matrix entry, else of its log."""
    details = job["details"] or ""
    labels = json_text.loads(details).get("worker_labels", ()) if "worker_labels" in details else ()
    matrix, facts = json_text.loads(job["matrix_values"]), json_text.loads(job["worker_facts"])
    return ", ".join(sorted(map(str, labels))) or str(matrix.get("dist") or facts.get("dist") or "")


def moved_alike(
    of: Shift, here: int, jobs: Iterable[Mapping[str, Any]], *, whose: Whose = "repo_id", many: int = MANY
) -> tuple[str, dict[int, float]]:
    """The image, and by repo the logarithm of by how much its jobs moved, where that is one cause of so many;
    else none. Or by pipeline, of one repo's jobs. `jobs` are rows of `reads.jobs_of_all`.
    """
    rows = [(image_of(job), job) for job in jobs if job[of.measure] is not None]
    own = Counter(image for image, job in rows if job[whose] == here and of.has(job))
    image = max(own, key=lambda name: own[name], default="")
    if not image:
        return "", {}
    of_each = defaultdict[int, list[Mapping[str, Any]]](list)
    for name, job in rows:
        if name == image:
            of_each[job[whose]].append(job)
    found = {each: moved_then(of, its) for each, its in of_each.items()}
    enough = {each: moved.by for each, moved in found.items() if moved}
    own_by = enough.get(here) or 0.0
    alike = {each: by for each, by in enough.items() if by and own_by and 1 / ALIKE <= by / own_by <= ALIKE}
    is_one = len(alike) >= many and 2 * len(alike) >= len(enough) and (own_by > 0) == of.slower
    return (image, alike) if is_one else ("", {})


def moved_then(of: Shift, jobs: Sequence[Mapping[str, Any]]) -> MovedThen | None:
    """What jobs on one image did; None where there are too few builds to tell."""
    builds = _builds(of, jobs)
    before = [one for one in builds if one[0] <= of.since][-NEAREST:]
    since = [one for one in builds if one[0] >= of.until][: 2 * NEAREST]
    if len(before) < SIDE or len(since) < LEAST_SINCE:
        return None
    near = [*before, *(one for one in builds if of.since < one[0] < of.until), *since]
    place = _most([value for _, value in near])
    is_there = len(before) - BESIDE <= place <= len(near) - len(since) + BESIDE
    by = _beyond_chance([value for _, value in before], [value for _, value in since])
    return MovedThen(by if is_there else 0.0, near[place][0])


def _beyond_chance(before: Sequence[float], since: Sequence[float]) -> float:
    """By how much they differ, else 0."""
    by = median(since) - median(before)
    noise = max(MAD * median(abs(value - median(before)) for value in before), LEAST_NOISE)
    error = OF_MEDIAN * noise * math.sqrt(1 / len(before) + 1 / len(since))
    return by if abs(by) >= max(SURE * error, math.log1p(NOTABLE / 100)) else 0.0


def _builds(of: Shift, jobs: Sequence[Mapping[str, Any]]) -> list[tuple[datetime, float]]:
    """Of each build when it began and by what logarithm its jobs took longer than they did before."""
    usual = defaultdict[str, list[float]](list)
    for job in jobs:
        if job["started_at"] <= of.since:
            usual[job_of(job)].append(_log(of, job))
    values = defaultdict[str, list[float]](list)
    began: dict[str, datetime] = {}
    for job in jobs:
        if len(usual[job_of(job)]) >= LEAST_SINCE:
            values[job["build_id"]].append(_log(of, job) - median(usual[job_of(job)][-NEAREST:]))
            began.setdefault(job["build_id"], job["started_at"])
    return [(began[build], median(of_build)) for build, of_build in values.items()]


def _log(of: Shift, job: Mapping[str, Any]) -> float:
    """Waiting is often none at all: what is less than 10 s counts little."""
    return math.log(job[of.measure] + (10.0 if of.measure == "queue_time" else 0.0))


def _most(values: Sequence[float]) -> int:
    """The place before which values differ most from those since; outliers count as little as the others."""
    middle = median(values)
    far = 2 * MAD * median(abs(value - middle) for value in values) or LEAST_NOISE
    clipped = [min(max(value, middle - far), middle + far) for value in values]
    size = len(clipped)

    def gain(at: int) -> float:
        return at * (size - at) * (mean(clipped[:at]) - mean(clipped[at:])) ** 2

    return max(range(1, size), key=gain)
