"""The builds of each bucket that say how long builds took then, with their jobs: the middle half of them."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import groupby
from statistics import median
from typing import Any, NamedTuple, TypeAlias

from buildtimetrend import json_text
from buildtimetrend.model import Query, Value
from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.columns import DETAILS
from buildtimetrend.store.reads.filters import ask
from buildtimetrend.store.reads.jobs_of_builds import in_time, time_of
from buildtimetrend.store.reads.last_attempts import BUILD, LAST_ATTEMPTS
from buildtimetrend.store.reads.names import named

# Of jobs, that are in memory at a time: where builds have hundreds, fewer builds speak for each bucket.
MOST_ROWS = 50_000
AT_ONCE = 5_000  # builds or jobs that are asked for: a statement of PostgreSQL has 65,535 parameters at most


BuildKey: TypeAlias = tuple[str, str, str, int]  # provider, instance, the CI's id, attempt


class MiddleBuild(NamedTuple):
    """A build in its `bucket`: when it began and ended, and a row for each job that passes the filters."""

    key: BuildKey
    bucket: Value
    times: dict[str, Any]
    jobs: list[dict[str, Any]]


class Medians(NamedTuple):
    """Of each bucket that has builds: the median of their durations (s), and their number."""

    bucket: list[Value]
    p50: list[float]
    builds: list[int]


def _none(_: Sequence[BuildKey]) -> Container[BuildKey]:
    return ()


def middle_builds(
    store: Store,
    query: Query,
    most: int,
    known: Callable[[Sequence[BuildKey]], Container[BuildKey]] = _none,
) -> tuple[list[MiddleBuild], Medians]:
    """Of the builds in each bucket whose durations count, by their last attempt in the range, those between
    the shortest and the longest quarter; of more than `most` in a bucket, so many, evenly spread, or fewer
    where they have very many jobs. The medians are those of all.

    Of those that are `known` no jobs are asked for.
    """
    while True:
        ranked = rows(ask(store, query, _MIDDLE, most=float(most)))
        chosen = {key_of(build): _with_start(build) for build in ranked if build["speaks"]}
        without = known([*chosen])
        others = [build for key, build in chosen.items() if key not in without]
        found = _jobs(store, query, others)
        if len(found) <= MOST_ROWS or most == 1:
            break
        most = max(1, most // 4)
    builds = [_middle(key, build, ()) for key, build in chosen.items() if key in without]
    for key, jobs in groupby(found[:MOST_ROWS], key=key_of):
        if key in chosen and key not in without:
            builds.append(_middle(key, chosen[key], [*jobs]))
    return builds, _medians(ranked)


def _with_start(build: dict[str, Any]) -> dict[str, Any]:
    """The index of builds by their end has no other time: on PostgreSQL such a query reads it alone."""
    return build | {"started_at": build["finished_at"] - timedelta(seconds=build["duration"])}


def _middle(key: BuildKey, build: Mapping[str, Any], jobs: Sequence[dict[str, Any]]) -> MiddleBuild:
    times = {name: build[name] for name in ("started_at", "finished_at")}
    return MiddleBuild(key, build["bucket"], times, with_needs(in_time(build, jobs)))


def with_needs(jobs: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """In place of their details."""
    return [job | {"needs": json_text.loads(job.pop(DETAILS) or "{}").get("needs")} for job in jobs]


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


def _jobs(store: Store, query: Query, builds: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Those of a build together; of more than `MOST_ROWS` one more than that. They are asked for by their
    builds' ids: joined with what chooses those, the jobs of the whole range were read.
    """
    found: list[dict[str, Any]] = []
    ids = sorted({build["build_id"] for build in builds})
    for place in range(0, len(ids), AT_ONCE):
        names, given = named("build", ids[place : place + AT_ONCE])
        times = [time_of(build) for build in builds]
        given |= {"early": min(times)[0], "late": max(until for _, until in times)}
        given |= {"rows": MOST_ROWS + 1 - len(found)}
        found += rows(ask(store, query, _JOBS.replace("{chosen}", names), **given))
        if len(found) > MOST_ROWS:
            break
    return found


def key_of(row: Mapping[str, Any]) -> BuildKey:
    """Of a row of a build, or of one of its jobs."""
    return row["provider"], row["instance"], row["build_id"], row["attempt"]


_MIDDLE = f"""
    {LAST_ATTEMPTS}, ranked AS (
        SELECT {BUILD}, attempt, finished_at, duration, {{bucket}} AS bucket,
               row_number() OVER (PARTITION BY {{bucket}} ORDER BY duration, {BUILD}) - 1 AS place,
               count(*) OVER (PARTITION BY {{bucket}}) AS builds
        FROM last_attempts WHERE {{counts}}
    ), quartered AS (
        SELECT {BUILD}, attempt, finished_at, duration, bucket, place, builds,
               CAST(floor(builds / 4.0) AS INTEGER) AS aside
        FROM ranked
    ), told AS (
        SELECT provider, instance, build_id, attempt, finished_at, duration, bucket, builds,
               place >= aside AND place < builds - aside
                   AND mod(place - aside, CAST(ceil((builds - 2 * aside) / $most) AS INTEGER)) = 0 AS speaks,
               2 * place BETWEEN builds - 2 AND builds AS halfway
        FROM quartered
    )
    SELECT provider, instance, build_id, attempt, finished_at, duration, bucket, builds, speaks,
           halfway
    FROM told WHERE speaks OR halfway
"""  # noqa: S608 - fixed text only
PATH_COLUMNS = f"""{BUILD}, attempt, job_id, job_key, matrix, name, stage, allow_failure,
           queued_at, started_at, finished_at, boot_time, details"""
_JOBS = f"""
    SELECT {PATH_COLUMNS}
    FROM job WHERE repo_id = $repo_id AND build_id IN ({{chosen}}){{passing}}
        AND (finished_at IS NULL OR finished_at BETWEEN $early AND $late)
    ORDER BY build_id, provider, instance, attempt, job_key LIMIT $rows
"""  # noqa: S608 - fixed text only
