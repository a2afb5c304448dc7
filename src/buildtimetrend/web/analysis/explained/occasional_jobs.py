"""Jobs that run in some builds alone, as a deploy: whether that one ran, or did not, makes the difference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from statistics import median

from buildtimetrend.critical_path.timings import Row, Timed
from buildtimetrend.web.analysis.explained.causes import Cause
from buildtimetrend.web.analysis.explained.job_names import Name, name_of, title_of
from buildtimetrend.web.analysis.explained.parts import EarlierBuild

EACH = 5  # builds before that have it, and that do not: as many as a change needs to be told


def occasional_jobs(
    build: Timed, jobs: Sequence[Row], before: Sequence[EarlierBuild], wall: float
) -> list[Cause]:
    """Held against builds that are alike in that. Of 20 builds, 8 of them with a deploy that ends last, the
    median is none that any of them takes: one without it is shorter, though each part takes as long as ever.
    """
    here = set(_names(build, jobs))
    with_job = {name for one in before for name in _names(one.timed, one.jobs)}
    return list(_causes(here, with_job | here, before, wall))


def _causes(
    here: set[Name], names: Iterable[Name], before: Sequence[EarlierBuild], wall: float
) -> Iterator[Cause]:
    for name in sorted(names, key=str):
        has = [one for one in before if name in _names(one.timed, one.jobs)]
        lacks = [one for one in before if one not in has]
        is_usual = name in here and len(has) > len(lacks)  # what most builds do makes none longer than usual
        if is_usual or min(len(has), len(lacks)) < EACH:
            continue
        alike = has if name in here else lacks
        yield Cause(
            "at_times" if name in here else "left_out",
            median(one.timed.wall for one in alike),
            wall,
            instead=title_of(name),
            ran_in=(len(has), len(before)),
        )


def _names(timed: Timed, jobs: Sequence[Row]) -> Iterator[Name]:
    return (name_of(jobs[place]) for place in timed.jobs)
