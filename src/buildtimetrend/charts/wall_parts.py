"""What the wall time of builds goes by with, along their critical paths."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from buildtimetrend.charts.base import Chart, over_time
from buildtimetrend.critical_path.spent import Spent, spent, tells_booting
from buildtimetrend.critical_path.timings import Timed, timed
from buildtimetrend.model import Column, Query, Value
from buildtimetrend.steps import label
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads.middle_builds import MiddleBuild, longest_step, middle_builds
from buildtimetrend.timeframes import buckets

# Builds that are looked at, in all buckets together: more of them change no mean.
MOST_BUILDS = 500
DIGITS = 6  # what sums of floats are off by is no part


PARTS = ("waiting", "booting", "longest_step", "other_steps", "between")


class _Build(NamedTuple):
    """A build whose critical path is known, and the keys of the jobs on it."""

    timed: Timed
    path_keys: Sequence[int]


def wall_parts(store: Store, query: Query) -> tuple[Column, ...]:
    places = buckets(query.since, query.until, query.interval)
    middle, medians = middle_builds(store, query, max(1, MOST_BUILDS // max(1, len(places))))
    found = _known(middle)
    builds = [build for each in found.values() for build in each]
    step = longest_step(store, query.repo, [key for build in builds for key in build.path_keys])
    seconds = step.seconds if step else {}
    with_booting = 2 * sum(tells_booting(build.timed) for build in builds) >= len(builds)
    parts = [
        _parts(found[bucket], wall, seconds, with_booting)
        for bucket, wall in zip(medians.bucket, medians.p50, strict=True)
    ]
    columns = over_time(
        query, medians._asdict() | {name: [part.get(name) for part in parts] for name in PARTS}
    )
    name = label(step.key, step.phase) if step else None
    names = tuple(None if known is None else name for known in columns[-1].values)
    return (*columns, Column("step", "", names))


def _known(builds: Iterable[MiddleBuild]) -> defaultdict[Value, list[_Build]]:
    found: defaultdict[Value, list[_Build]] = defaultdict(list)
    for build in builds:
        known = timed(build.times, build.jobs, path_alone=True)
        if known is not None and known.path:
            found[build.bucket].append(_Build(known, [build.jobs[place]["job_key"] for place in known.path]))
    return found


def _parts(
    builds: Sequence[_Build], wall: float, in_jobs: Mapping[int, float], with_booting: bool
) -> dict[str, float]:
    """Means over the builds, made to add up to the median (s); nothing where no path is known."""
    took = sum(build.timed.wall for build in builds)
    if not took:
        return {}
    whole = sum((spent(build.timed, with_booting) for build in builds), Spent()) * (wall / took)
    step = sum(_in_step(build, in_jobs) for build in builds) * (wall / took)
    parts = {
        "waiting": whole.waiting,
        "booting": whole.booting,
        "longest_step": step,
        "other_steps": whole.running - step,
        "between": whole.again + whole.between,
    }
    return {name: round(seconds, DIGITS) for name, seconds in parts.items()}


def _in_step(build: _Build, in_jobs: Mapping[int, float]) -> float:
    """No longer than the jobs ran within the wall time."""
    return sum(
        min(in_jobs.get(key, 0.0), build.timed.jobs[place].running)
        for place, key in zip(build.timed.path, build.path_keys, strict=True)
    )


CHARTS = (
    Chart(
        "wall_parts",
        "What the wall time is made of",
        "s",
        "Along the critical path of builds: waiting for a worker, booting, the step that takes most of it in "
        "the range, all other steps, and what lies between jobs. Means over the middle half of a bucket's "
        "builds, made to add up to the median.",
        wall_parts,
    ),
)
