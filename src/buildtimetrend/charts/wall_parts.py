"""What the wall time of builds goes by with, along their critical paths."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from buildtimetrend.charts.base import Chart, over_time
from buildtimetrend.critical_path.spent import Spent, spent, tells_booting
from buildtimetrend.critical_path.timings import Timed, timed
from buildtimetrend.model import Column, Query, Value
from buildtimetrend.steps import label
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads import ask, p50
from buildtimetrend.store.reads.last_attempts import LAST_ATTEMPTS
from buildtimetrend.store.reads.middle_builds import middle_builds, step_sums_of
from buildtimetrend.timeframes import buckets

# Builds that are looked at, in all buckets together: more of them change no mean.
MOST_BUILDS = 500
DIGITS = 6  # what sums of floats are off by is no part


PARTS = ("waiting", "booting", "longest_step", "other_steps", "between")


class _Build(NamedTuple):
    """A build whose critical path is known, and the keys of the jobs on it."""

    timed: Timed
    path_keys: Sequence[int]


class _Steps(NamedTuple):
    """The step that takes most of all the paths, by what it is called, and its seconds in each job."""

    name: str | None
    seconds: Mapping[int, float]


def wall_parts(store: Store, query: Query) -> tuple[Column, ...]:
    whole: dict[str, list[Any]] = ask(store, query, _MEDIANS)
    found = _known(store, query)
    builds = [build for each in found.values() for build in each]
    steps = _longest(store, query, builds)
    with_booting = 2 * sum(tells_booting(build.timed) for build in builds) >= len(builds)
    parts = [
        _parts(found[bucket], wall, steps, with_booting)
        for bucket, wall in zip(whole["bucket"], whole["p50"], strict=True)
    ]
    columns = over_time(query, whole | {name: [part.get(name) for part in parts] for name in PARTS})
    known = columns[-1].values
    names = tuple(None if seconds is None else steps.name for seconds in known)
    return (*columns, Column("step", "", names))


def _known(store: Store, query: Query) -> defaultdict[Value, list[_Build]]:
    places = buckets(query.since, query.until, query.interval)
    found: defaultdict[Value, list[_Build]] = defaultdict(list)
    for build in middle_builds(store, query, max(1, MOST_BUILDS // max(1, len(places)))):
        known = timed(build.times, build.jobs)
        if known is not None and known.path:
            found[build.bucket].append(_Build(known, [build.jobs[place]["job_key"] for place in known.path]))
    return found


def _longest(store: Store, query: Query, builds: Sequence[_Build]) -> _Steps:
    keys = sorted({key for build in builds for key in build.path_keys})
    rows = step_sums_of(store, query.repo, keys)
    totals, phases = Counter[str](), dict[str, str]()
    for row in rows:
        totals[row["key"]] += row["duration"]
        phases[row["key"]] = row["phase"]
    if not totals:
        return _Steps(None, {})
    longest = max(totals, key=lambda key: (totals[key], key))
    seconds = {row["job_key"]: row["duration"] for row in rows if row["key"] == longest}
    return _Steps(label(longest, phases[longest]), seconds)


def _parts(builds: Sequence[_Build], wall: float, steps: _Steps, with_booting: bool) -> dict[str, float]:
    """Means over the builds, made to add up to the median (s); nothing where no path is known."""
    took = sum(build.timed.wall for build in builds)
    if not took:
        return {}
    whole = sum((spent(build.timed, with_booting) for build in builds), Spent()) * (wall / took)
    step = sum(_in_step(build, steps) for build in builds) * (wall / took)
    parts = {
        "waiting": whole.waiting,
        "booting": whole.booting,
        "longest_step": step,
        "other_steps": whole.running - step,
        "between": whole.again + whole.between,
    }
    return {name: round(seconds, DIGITS) for name, seconds in parts.items()}


def _in_step(build: _Build, steps: _Steps) -> float:
    """No longer than the jobs ran within the wall time."""
    return sum(
        min(steps.seconds.get(key, 0.0), build.timed.jobs[place].running)
        for place, key in zip(build.timed.path, build.path_keys, strict=True)
    )


_MEDIANS = f"""
    {LAST_ATTEMPTS}
    SELECT {{bucket}} AS bucket, {p50("duration")} AS p50, count(*) AS builds
    FROM last_attempts WHERE {{counts}} GROUP BY 1
"""  # noqa: S608 - fixed text only

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
