"""The builds of each bucket that say how long builds took then, with their jobs: the middle half of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import groupby
from statistics import median
from typing import Any, NamedTuple

from buildtimetrend import json_text
from buildtimetrend.model import Query, Value
from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.columns import DETAILS
from buildtimetrend.store.reads.filters import ask
from buildtimetrend.store.reads.last_attempts import BUILD, last_attempts
from buildtimetrend.store.reads.names import named
from buildtimetrend.store.reads.repos import repo_id

# A job that ends so long after its build, or so long before it, says nothing of how it spent its time.
ASIDE = timedelta(days=1)
# Of jobs, that are in memory at a time: where builds have hundreds, fewer builds speak for each bucket.
MOST_ROWS = 50_000
AT_ONCE = 5_000  # builds or jobs that are asked for: a statement of PostgreSQL has 65,535 parameters at most


class MiddleBuild(NamedTuple):
    """A build in its `bucket`: when it began and ended, and a row for each job that passes the filters."""

    bucket: Value
    times: dict[str, Any]
    jobs: list[dict[str, Any]]


class Medians(NamedTuple):
    """Of each bucket that has builds: the median of their durations (s), and their number."""

    bucket: list[Value]
    p50: list[float]
    builds: list[int]


class StepSums(NamedTuple):
    """A step by its key, and its seconds in each job that ran it."""

    key: str
    phase: str
    seconds: Mapping[int, float]


def middle_builds(store: Store, query: Query, most: int) -> tuple[list[MiddleBuild], Medians]:
    """Of the builds in each bucket whose durations count, by their last attempt in the range, those between
    the shortest and the longest quarter; of more than `most` in a bucket, so many, evenly spread, or fewer
    where they have very many jobs. The medians are those of all.
    """
    while True:
        ranked = rows(ask(store, query, _MIDDLE, most=float(most)))
        chosen = {_build_of(build): build for build in ranked if build["speaks"]}
        found = _jobs(store, query, [build_id for _, _, build_id, _ in chosen])
        if len(found) <= MOST_ROWS or most == 1:
            break
        most = max(1, most // 4)
    builds = []
    for key, group in groupby(found[:MOST_ROWS], key=_build_of):
        if build := chosen.get(key):
            jobs = [job | {"needs": json_text.loads(job.pop(DETAILS) or "{}").get("needs")} for job in group]
            times = {name: build[name] for name in ("started_at", "finished_at")}
            builds.append(MiddleBuild(build["bucket"], times, jobs))
    return builds, _medians(ranked)


def _medians(ranked: Sequence[Mapping[str, Any]]) -> Medians:
    halfway: dict[Value, list[float]] = {}
    counts: dict[Value, int] = {}
    for build in ranked:
        counts[build["bucket"]] = build["builds"]
        if build["halfway"]:
            halfway.setdefault(build["bucket"], []).append(build["duration"])
    return Medians(
        [*halfway], [median(halfway[each]) for each in halfway], [counts[each] for each in halfway]
    )


def _jobs(store: Store, query: Query, build_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Those of a build together; of more than `MOST_ROWS` one more than that. They are asked for by their
    builds' ids: joined with what chooses those, the jobs of the whole range were read.
    """
    early, late = query.since - ASIDE, query.until + ASIDE
    found: list[dict[str, Any]] = []
    for place in range(0, len(ids := sorted(set(build_ids))), AT_ONCE):
        names, given = named("build", ids[place : place + AT_ONCE])
        given |= {"early": early, "late": late, "rows": MOST_ROWS + 1 - len(found)}
        found += rows(ask(store, query, _JOBS.replace("{chosen}", names), **given))
        if len(found) > MOST_ROWS:
            break
    return found


def longest_step(store: Store, repo: str, job_keys: Sequence[int]) -> StepSums | None:
    """Of the steps of depth 0 that ran in these jobs that which took most time in all of them together; of
    all its runs in a job. None where no step ran. There may be `MOST_ROWS` jobs.
    """
    keys = sorted(job_keys)
    if not keys:
        return None
    names, given = named("job", keys)
    # The bounds let an engine skip the parts of the table that cannot have them.
    given |= {"repo_id": repo_id(store, repo), "first": keys[0], "last": keys[-1]}
    found: dict[str, list[Any]] = store.select(_LONGEST.replace("{jobs}", names), given)
    if not found["key"]:
        return None
    seconds = dict(zip(found["job_key"], found["duration"], strict=True))
    return StepSums(found["key"][0], min(found["phase"]), seconds)


def _build_of(job: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(job[name] for name in ("provider", "instance", "build_id", "attempt"))


_MIDDLE = f"""
    {last_attempts("started_at")}, ranked AS (
        SELECT {BUILD}, attempt, started_at, finished_at, duration, {{bucket}} AS bucket,
               row_number() OVER (PARTITION BY {{bucket}} ORDER BY duration, {BUILD}) - 1 AS place,
               count(*) OVER (PARTITION BY {{bucket}}) AS builds
        FROM last_attempts WHERE {{counts}}
    ), quartered AS (
        SELECT {BUILD}, attempt, started_at, finished_at, duration, bucket, place, builds,
               CAST(floor(builds / 4.0) AS INTEGER) AS aside
        FROM ranked
    ), told AS (
        SELECT provider, instance, build_id, attempt, started_at, finished_at, duration, bucket, builds,
               place >= aside AND place < builds - aside
                   AND mod(place - aside, CAST(ceil((builds - 2 * aside) / $most) AS INTEGER)) = 0 AS speaks,
               2 * place BETWEEN builds - 2 AND builds AS halfway
        FROM quartered
    )
    SELECT provider, instance, build_id, attempt, started_at, finished_at, duration, bucket, builds, speaks,
           halfway
    FROM told WHERE speaks OR halfway
"""  # noqa: S608 - fixed text only
_JOBS = """
    SELECT provider, instance, build_id, attempt, job_id, job_key, matrix, name, stage, allow_failure,
           queued_at, started_at, finished_at, boot_time, details
    FROM job WHERE repo_id = $repo_id AND build_id IN ({chosen}){passing}
        AND (finished_at IS NULL OR finished_at BETWEEN $early AND $late)
    ORDER BY build_id, provider, instance, attempt, job_key LIMIT $rows
"""
_LONGEST = """
    WITH sums AS (
        SELECT job_key, key, min(phase) AS phase, sum(duration) AS duration FROM step
        WHERE repo_id = $repo_id AND job_key BETWEEN $first AND $last AND job_key IN ({jobs})
          AND depth = 0 AND duration IS NOT NULL
        GROUP BY job_key, key
    ), longest AS (
        SELECT key FROM sums GROUP BY key ORDER BY sum(duration) DESC, key DESC LIMIT 1
    )
    SELECT job_key, sums.key, phase, duration FROM sums JOIN longest ON sums.key = longest.key
"""
