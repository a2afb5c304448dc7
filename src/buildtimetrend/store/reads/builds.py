"""Builds, jobs and steps as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from buildtimetrend.model import Query, Value
from buildtimetrend.store.base import Store, Table
from buildtimetrend.store.columns import BUILD, JOB, STEP
from buildtimetrend.store.reads.filters import ask
from buildtimetrend.store.reads.names import named
from buildtimetrend.store.reads.repos import repo_id
from buildtimetrend.store.reads.step_sums import slowest


def builds(store: Store, query: Query, limit: int, offset: int, words: Sequence[str] = ()) -> Table:
    """Every attempt of the builds that the query asks for, newest first. Columns as `build` has them.

    With `words` those alone that have each of them in their number, commit, message, author, branch, tag or
    pull request, in whatever case.
    """
    having = "".join(f" AND ({_HAS_WORD.replace('$word', f'$word{place}')})" for place in range(len(words)))
    given: dict[str, Value] = {f"word{place}": word.lower() for place, word in enumerate(words)}
    query = _narrowed(store, query, _BUILD_ENDS.replace("{having}", having), limit + offset, given)
    sql = _BUILDS.replace("{having}", having)
    return _with_job_counts(store, query.repo, ask(store, query, sql, limit=limit, offset=offset, **given))


def build(store: Store, provider: str, repo: str, number: str) -> Table:
    """All attempts of the builds with that number, in order; `jobs` is the number of jobs."""
    params: dict[str, Value] = {"repo_id": repo_id(store, repo), "provider": provider, "number": number}
    return _with_job_counts(store, repo, store.select(_BUILD, params))


def jobs(store: Store, query: Query, limit: int, offset: int) -> Table:
    """The jobs that the query asks for, newest first. Columns as `build_jobs` has them."""
    query = _narrowed(store, query, _JOB_ENDS, limit + offset, {})
    return ask(store, query, _JOBS, limit=limit, offset=offset)


def build_jobs(store: Store, build: Mapping[str, Any]) -> Table:
    """The jobs of one attempt of a build, which is a row of `build`, in the order of their numbers."""
    key = {name: build[name] for name in ("provider", "instance", "build_id", "attempt")}
    return store.select(_BUILD_JOBS, {"repo_id": repo_id(store, build["repo"]), **key})


def job_steps(store: Store, repo: str, job_keys: Sequence[int]) -> Table:
    """The steps of some jobs, in the order of their logs."""
    names, keys = named("key", job_keys)
    # The bounds let an engine skip the parts of the table that cannot have them.
    bounds = {"first": min(job_keys, default=0), "last": max(job_keys, default=0)}
    sql = _JOB_STEPS.replace("{keys}", names)
    return store.select(sql, {"repo_id": repo_id(store, repo), **bounds, **keys})


def dropped_jobs(store: Store, build: Mapping[str, Any]) -> set[str]:
    """Ids of the jobs of one attempt of a build, a row of `build`, whose steps were dropped."""
    key = {name: build[name] for name in ("provider", "instance", "build_id", "attempt")}
    found = store.select(_DROPPED_JOBS, {"repo_id": repo_id(store, build["repo"]), **key})
    return {str(job_id) for job_id in found["job_id"]}


def steps(store: Store, query: Query, limit: int, offset: int = 0) -> Table:
    """Per step, those of depth 0, ordered by the time that they took in all: runs, and seconds."""
    found = slowest(store, query, limit + offset)
    return {name: found[name][offset:] for name in ("key", "phase", "runs", "average", "p50", "p95", "total")}


def _narrowed(store: Store, query: Query, ends: str, most: int, given: Mapping[str, Value]) -> Query:
    """The same query of the range in which the newest `most` rows ended: a long one is not read whole for
    them.
    """
    found: list[Any] = ask(store, query, ends, most=most, **given)["finished_at"]
    return replace(query, since=found[-1]) if found else query


def _with_job_counts(store: Store, repo: str, found: Table) -> Table:
    """The builds with the number of their jobs."""
    names, ids = named("build", found["build_id"])
    sql = _JOB_COUNTS.replace("{builds}", names)
    counted = store.select(sql, {"repo_id": repo_id(store, repo), **ids})
    counts = dict(zip(_keys(counted), counted["jobs"], strict=True))
    return {**found, "jobs": [counts.get(key, 0) for key in _keys(found)]}


def _keys(table: Table) -> list[tuple[Value, ...]]:
    return list(zip(*(table[name] for name in ("provider", "instance", "build_id", "attempt")), strict=True))


_SEARCHED = (
    "number",
    "commit_id",
    "message",
    "author",
    "branch",
    "tag",
    "pull_request",
    "pull_request_title",
)
_HAS_WORD = " OR ".join(f"strpos(lower({column}), $word) > 0" for column in _SEARCHED)
_BUILD_ENDS = "SELECT finished_at FROM build WHERE {builds}{having} ORDER BY finished_at DESC LIMIT $most"
_JOB_ENDS = "SELECT finished_at FROM job WHERE {jobs} ORDER BY finished_at DESC LIMIT $most"
REPO = "(SELECT slug FROM repo WHERE id = $repo_id) AS repo"
_PIPELINE = "(SELECT {column} FROM pipeline WHERE repo_id = $repo_id AND id = build.pipeline)"
BUILD_COLUMNS = ", ".join(
    [
        REPO,
        BUILD.select("build"),
        'attempt, branch, duration, commit_id AS "commit", build.pipeline AS pipeline_id',
        f"{_PIPELINE.format(column='key')} AS pipeline",
        f"{_PIPELINE.format(column='name')} AS pipeline_name",
        f"{_PIPELINE.format(column='url')} AS pipeline_url",
    ]
)
_BUILDS = f"""
    SELECT {BUILD_COLUMNS} FROM build WHERE {{builds}}{{having}}
    ORDER BY finished_at DESC, build_id DESC, attempt DESC LIMIT $limit OFFSET $offset
"""  # noqa: S608 - fixed text only
_BUILD = f"""
    SELECT {BUILD_COLUMNS} FROM build WHERE repo_id = $repo_id AND provider = $provider AND number = $number
    ORDER BY instance, build_id, attempt
"""  # noqa: S608 - fixed text only
_JOB_COUNTS = """
    SELECT provider, instance, build_id, attempt, count(*) AS jobs FROM job
    WHERE repo_id = $repo_id AND build_id IN ({builds}) GROUP BY provider, instance, build_id, attempt
"""

_JOB = f"""
    {REPO}, {JOB.select("job")}, job_key, provider, instance, build_id, build_number, attempt, branch,
    "trigger", duration, queue_time, blocked_time, language, os, worker_facts
"""
_JOBS = f"""
    SELECT {_JOB} FROM job WHERE {{jobs}} ORDER BY finished_at DESC, job_key DESC LIMIT $limit OFFSET $offset
"""  # noqa: S608 - fixed text only
_BUILD_JOBS = f"""
    SELECT {_JOB} FROM job
    WHERE repo_id = $repo_id AND provider = $provider AND instance = $instance AND build_id = $build_id
        AND attempt = $attempt
    ORDER BY job_key
"""  # noqa: S608 - fixed text only
_DROPPED_JOBS = """
    SELECT job_id FROM dropped_job
    WHERE repo_id = $repo_id AND provider = $provider AND instance = $instance AND build_id = $build_id
        AND attempt = $attempt
"""

_JOB_STEPS = f"""
    SELECT job_key, position, {STEP.select("step")}, key, started_at,
           started_at + duration * INTERVAL '1 second' AS finished_at, duration
    FROM step
    WHERE repo_id = $repo_id AND job_key BETWEEN $first AND $last AND job_key IN ({{keys}})
    ORDER BY job_key, position
"""  # noqa: S608 - fixed text only
