"""What the wall time of builds goes by with, along their critical paths."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from buildtimetrend.charts.base import Chart, over_time
from buildtimetrend.critical_path.kept import PathParts
from buildtimetrend.critical_path.spent import Spent
from buildtimetrend.model import Column, Query, Value
from buildtimetrend.steps import label
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads.build_paths import paths_of_middle_builds
from buildtimetrend.timeframes import buckets

# Builds that are looked at, in all buckets together: more of them change no mean.
MOST_BUILDS = 500
DIGITS = 6  # what sums of floats are off by is no part


PARTS = ("waiting", "booting", "longest_step", "other_steps", "between")


def wall_parts(store: Store, query: Query) -> tuple[Column, ...]:
    places = buckets(query.since, query.until, query.interval)
    found, medians = paths_of_middle_builds(store, query, max(1, MOST_BUILDS // max(1, len(places))))
    builds = [build.parts for build in found]
    by_bucket: defaultdict[Value, list[PathParts]] = defaultdict(list)
    for build in found:
        by_bucket[build.bucket].append(build.parts)
    step = _longest_step(builds)
    with_booting = 2 * sum(build.tells_booting for build in builds) >= len(builds)
    parts = [
        _parts(by_bucket[bucket], wall, step, with_booting)
        for bucket, wall in zip(medians.bucket, medians.p50, strict=True)
    ]
    columns = over_time(
        query, medians._asdict() | {name: [part.get(name) for part in parts] for name in PARTS}
    )
    name = None if step is None else _name(builds, step)
    names = tuple(None if known is None else name for known in columns[-1].values)
    return (*columns, Column("step", "", names))


def _longest_step(builds: Iterable[PathParts]) -> str | None:
    """The key of the step that took most time in all of them together; None where no step ran."""
    sums: defaultdict[str, float] = defaultdict(float)
    for build in builds:
        for key, of_step in build.steps.items():
            sums[key] += of_step.seconds
    return max(sums, key=lambda key: (sums[key], key), default=None)


def _name(builds: Iterable[PathParts], step: str) -> str:
    return label(step, min(build.steps[step].phase for build in builds if step in build.steps))


def _parts(
    builds: Sequence[PathParts], wall: float, step: str | None, with_booting: bool
) -> dict[str, float]:
    """Means over the builds, made to add up to the median (s); nothing where no path is known."""
    took = sum(build.wall for build in builds)
    if not took:
        return {}
    whole = sum((build.told(with_booting) for build in builds), Spent()) * (wall / took)
    in_step = 0.0 if step is None else sum(build.within(step) for build in builds) * (wall / took)
    parts = {
        "waiting": whole.waiting,
        "booting": whole.booting,
        "longest_step": in_step,
        "other_steps": whole.running - in_step,
        "between": whole.again + whole.between,
    }
    return {name: round(seconds, DIGITS) for name, seconds in parts.items()}


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
