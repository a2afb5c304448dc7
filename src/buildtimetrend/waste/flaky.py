"""When a job is flaky: another result on the same commit, again and again.

A changed result says for certain that the commit is not the reason, and nothing of how often that happens: a
network that is away for an hour changes some, too. So it takes `LEAST` commits within `WINDOW` builds of the
job. It is over when so many builds in a row showed nothing that this would be chance in one of `RARE` cases,
by how often results changed before, which a few commits say but roughly (Gamma-Poisson, predictive).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from buildtimetrend.waste.runs import Tried

WINDOW = 50  # builds that ran the job
LEAST = 5  # commits whose result changed, among those
QUIET = 10  # builds: fewer never end it
RARE = 200  # it is asked with each build: at 20 it was over, and was not, in a third of 70 builds
TOGETHER = 0.5  # of the builds in which results changed: jobs that share so many have one cause


@dataclass(frozen=True, slots=True)
class Flaky:
    """A time in which a job is flaky. `first` and `last` are places of the builds in which a result changed
    first and last, `over` that of the build from which on it is no more, None while it is.

    It failed in `failed` of `builds`; of `reruns` so many `changed` the result.
    """

    job: str
    first: int
    last: int
    over: int | None
    failed: int
    builds: int
    reruns: int
    changed: int
    changed_in: frozenset[int]  # places of builds


def flaky(job: str, builds: Sequence[Tried]) -> list[Flaky]:
    """In the order of time. `builds` are those that ran the job, in theirs."""
    found: list[Flaky] = []
    start = 0  # builds before belong to what is over
    first = last = quiet = 0
    is_open = False
    changed: list[int] = []  # positions, one for each commit
    for position, each in enumerate(builds):
        if each.changed:
            seen = {builds[at].commit for at in changed}
            changed += [] if each.commit in seen else [position]
            last, quiet = position, 0
        elif each.tells:
            quiet += 1
        if not is_open:
            changed = [at for at in changed if at > position - WINDOW and at >= start]
            is_open, first = len(changed) >= LEAST, changed[0] if changed else 0
        elif quiet >= _enough(len(changed), last - first + 1):
            found.append(_between(job, builds, first, last, last + 1))
            is_open, start, changed = False, last + 1, []
    return [*found, _between(job, builds, first, last, None)] if is_open else found


def together(of_jobs: Mapping[str, Sequence[Tried]]) -> list[list[Flaky]]:
    """Of all jobs. Those whose results changed in the same builds, mostly, are flaky together, the worst of
    them first.
    """
    groups: list[list[Flaky]] = []
    found = [each for job, builds in of_jobs.items() for each in flaky(job, builds)]
    for each in sorted(found, key=lambda one: (-one.changed, -one.failed, one.job)):
        fitting = next((group for group in groups if _of_one_cause(group[0], each)), None)
        if fitting is None:
            groups.append([each])
        else:
            fitting.append(each)
    return sorted(groups, key=lambda group: group[0].first)


def _enough(commits: int, builds: int) -> int:
    """How many quiet builds end it, where results changed in so many of so many."""
    return max(QUIET, math.ceil(builds * (math.pow(RARE, 1 / commits) - 1)))


def _between(job: str, builds: Sequence[Tried], first: int, last: int, over: int | None) -> Flaky:
    of_it = builds[first:over]
    return Flaky(
        job=job,
        first=builds[first].build,
        last=builds[last].build,
        over=None if over is None else builds[over].build,
        failed=sum(each.failed for each in of_it),
        builds=len(of_it),
        reruns=sum(each.reruns for each in of_it),
        changed=sum(each.changed for each in of_it),
        changed_in=frozenset(each.build for each in of_it if each.changed),
    )


def _of_one_cause(one: Flaky, other: Flaky) -> bool:
    shared = len(one.changed_in & other.changed_in)
    return (one.over is None) == (other.over is None) and shared >= TOGETHER * max(
        len(one.changed_in), len(other.changed_in)
    )
