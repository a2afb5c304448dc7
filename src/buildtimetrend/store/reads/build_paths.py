"""What wall time of builds went by with along their critical paths: as it is kept, or reckoned from jobs."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple, TypeAlias

from buildtimetrend.critical_path.kept import PathParts, StepTime, of_text, path_parts
from buildtimetrend.critical_path.timings import timed
from buildtimetrend.filters import FILTERS
from buildtimetrend.model import Query, Value
from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.reads.middle_builds import BuildKey, Medians, key_of, middle_builds
from buildtimetrend.store.reads.names import in_list, listed
from buildtimetrend.store.reads.repos import repo_id
from buildtimetrend.store.writing.changed_days import day_of

Row: TypeAlias = Mapping[str, Any]

STEPS = f"""
    SELECT job_key, key, min(phase) AS phase, sum(duration) AS seconds FROM step
    WHERE repo_id = $repo_id AND job_key BETWEEN $first AND $last AND job_key IN {in_list("jobs", "BIGINT")}
      AND depth = 0 AND duration IS NOT NULL
    GROUP BY job_key, key
"""  # noqa: S608 - fixed text only
_LONGEST = f"""
    WITH sums AS ({STEPS}), longest AS (
        SELECT key FROM sums GROUP BY key ORDER BY sum(seconds) DESC, key DESC LIMIT 1
    )
    SELECT job_key, sums.key, phase, seconds FROM sums JOIN longest ON sums.key = longest.key
"""  # noqa: S608 - fixed text only


class BuildPath(NamedTuple):
    """A build in its `bucket`, and what its path is made of."""

    bucket: Value
    parts: PathParts


def paths_of_middle_builds(store: Store, query: Query, most: int) -> tuple[list[BuildPath], Medians]:
    """Of `middle_builds` those whose path is known."""
    kept: dict[BuildKey, PathParts | None] = {}

    def known(keys: Sequence[BuildKey]) -> Mapping[BuildKey, object]:
        kept.update(_kept(store, query, [key for key in keys if key not in kept]))
        return kept

    builds, medians = middle_builds(store, query, most, known)
    others = [build for build in builds if build.key not in kept]
    repo = repo_id(store, query.repo)
    # Where all are reckoned, the database finds the step that takes most time: no other one is asked of them.
    steps = STEPS if len(others) < len(builds) else _LONGEST
    found = reckoned(store, repo, [(build.times, build.jobs) for build in others], steps)
    kept.update(zip((build.key for build in others), found, strict=True))
    paths = ((build.bucket, kept[build.key]) for build in builds)
    return [BuildPath(bucket, parts) for bucket, parts in paths if parts], medians


def reckoned(
    store: Store, repo_id: int, builds: Sequence[tuple[Row, Sequence[Row]]], steps: str = STEPS
) -> list[PathParts | None]:
    """Of when each build of a repo began and ended, and its jobs; None where no path is known."""
    known = [(timed(times, jobs, path_alone=True), jobs) for times, jobs in builds]
    keys = [[jobs[place]["job_key"] for place in found.path] if found else [] for found, jobs in known]
    of_jobs = _steps(store, repo_id, sorted(chain(*keys)), steps)
    return [
        path_parts(found, [of_jobs.get(key, ()) for key in path]) if found and path else None
        for (found, _), path in zip(known, keys, strict=True)
    ]


def _steps(store: Store, repo_id: int, job_keys: Sequence[int], sql: str) -> dict[int, list[StepTime]]:
    """Those of depth 0 that ran, by job; the keys are in order."""
    found: dict[int, list[StepTime]] = defaultdict(list)
    if job_keys:
        # The bounds let an engine skip the parts of the table that cannot have them.
        given = {"repo_id": repo_id, "first": job_keys[0], "last": job_keys[-1]}
        columns: dict[str, list[Any]] = store.select(sql, given | {"jobs": listed(map(str, job_keys))})
        for job_key, *step in zip(*columns.values(), strict=True):
            found[job_key].append(StepTime(*step))
    return found


def _kept(store: Store, query: Query, keys: Sequence[BuildKey]) -> dict[BuildKey, PathParts | None]:
    """Where they are up to date. Of a filter on jobs nothing is: it leaves some of a build's jobs out."""
    if any("build" not in FILTERS[name].columns or FILTERS[name].apart for name in query.filters):
        return {}
    repo = repo_id(store, query.repo)
    # They are read before what they are about: one that is taken off meanwhile says nothing.
    changed: list[Any] = store.select(_CHANGED, {"repo_id": repo})["day"]
    given: dict[str, Value] = {
        "repo_id": repo,
        "first": day_of(query.since) - 1,
        "last": day_of(query.until) + 1,
        "builds": listed(key[2] for key in keys),
    }
    wanted = set(keys)
    return {
        key_of(row): of_text(row["path"])
        for row in rows(store.select(_KEPT, given))
        if key_of(row) in wanted and not _is_within(row["first_day"], row["last_day"], changed)
    }


def _is_within(first: int, last: int, days: Sequence[int]) -> bool:
    """Whether one of the days, which are in order, is."""
    place = bisect_left(days, first)
    return place < len(days) and days[place] <= last


_CHANGED = "SELECT DISTINCT day FROM changed_day WHERE repo_id = $repo_id ORDER BY day"
_KEPT = f"""
    SELECT provider, instance, build_id, attempt, first_day, last_day, path FROM build_path
    WHERE repo_id = $repo_id AND last_day BETWEEN $first AND $last AND build_id IN {in_list("builds")}
"""  # noqa: S608 - fixed text only
