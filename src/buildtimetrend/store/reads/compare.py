"""One side of a comparison: its figures, and the sums that means and their margins are reckoned from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from operator import itemgetter
from typing import Any

from buildtimetrend.model import Query, Value
from buildtimetrend.store.base import Store, Table, rows
from buildtimetrend.store.reads.entries import by_entry
from buildtimetrend.store.reads.filters import FAILED, ask
from buildtimetrend.store.reads.last_attempts import BUILD, LAST_ATTEMPTS
from buildtimetrend.store.reads.names import named
from buildtimetrend.store.reads.neighbours import EARLIEST
from buildtimetrend.store.reads.repos import repo_id
from buildtimetrend.store.reads.step_sums import ask_sums

# Most builds have one before them that ended so shortly before: then no long history is read.
SHORTLY = timedelta(days=1)
MOST_IDS = 1000  # more builds of one number are found by that alone


@dataclass(frozen=True, slots=True)
class Side:
    """The jobs that a query asks for; with `number`, those of them that belong to builds of that number in a
    `pipeline`, in one `attempt` or in all.

    `build_ids`, when given, are those builds' ids: an engine need not look for their jobs in a long history.
    """

    query: Query
    number: str | None = None
    attempt: int | None = None
    build_ids: tuple[str, ...] = ()
    pipeline: int | None = None


def side_figures(store: Store, side: Side) -> dict[str, Value]:
    """`jobs`, `passed`, `failed` (errored ones too), `builds`; of the durations that count: `timed`,
    `total` (s), `squares` (s²), `p50`, `p95`; `queue` is the median of queue times.
    """
    found = {**_ask(store, side, _JOBS), **_ask(store, side, _TIMED), **_ask(store, side, _BUILDS)}
    return {name: values[0] for name, values in found.items()}


def side_walls(store: Store, side: Side) -> dict[str, Value]:
    """Of the wall times (s) of builds that count, each by its last attempt: how many are `timed`, their
    `total` (s), `squares` (s²), `p50`.
    """
    return {name: values[0] for name, values in _ask(store, side, _WALLS).items()}


def side_waits(store: Store, side: Side) -> dict[str, Value]:
    """The same of the longest wait for a worker that a job of each attempt had, where it is known."""
    return {name: values[0] for name, values in _ask(store, side, _WAITS).items()}


def side_steps(store: Store, side: Side) -> Table:
    """Per step, `key` and `phase`, those of depth 0: in how many jobs it ran, over them `total` (s) and
    `squares` (s²).

    A job's steps have keys of their own, so a run is a job.
    """
    if side.number is None:
        return ask_sums(store, side.query, _STEPS)
    return _ask(store, side, _STEPS_OF_BUILD)


def side_outside(store: Store, side: Side) -> dict[str, Value]:
    """Seconds of jobs that lie in no step: `total`, `squares`; and how many jobs have steps at all."""
    # Of one build's dropped steps nothing is known but their sum, which would not be that of any step.
    sql = _OUTSIDE.replace("{dropped}", _DROPPED if side.number is None else "")
    return {name: values[0] for name, values in _ask(store, side, sql).items()}


def side_matrix(store: Store, side: Side) -> Table:
    """Per entry, in `matrix`: `timed` jobs, `total` (s) and `squares` (s²) of their durations."""
    return by_entry(partial(_ask, store, side), _MATRIX)


def busiest_branches(store: Store, query: Query, limit: int) -> list[str]:
    """The branches with most builds in the range, those first."""
    return [str(branch) for branch in ask(store, query, _BRANCHES, limit=limit)["branch"]]


def numbered(store: Store, repo: str, numbers: Sequence[str]) -> Table:
    """The attempts of the builds with these numbers, the latest last, by their end or else their start:
    `number`, `build_id`, `attempt`, `pipeline_id`, `branch` and `finished_at`.
    """
    names, given = named("number", numbers)
    sql = _NUMBERED.replace("{numbers}", names)
    return store.select(sql, {"repo_id": repo_id(store, repo), **given})


def build_before(store: Store, repo: str, build: Mapping[str, Any]) -> str | None:
    """The number of the build of the same pipeline that ended last before that one, on the same branch; None
    if there is none.

    `build` is a row of `builds`, or of `numbered`, of its last attempt.
    """
    if build["finished_at"] is None:
        return None
    of: dict[str, Value] = {
        "repo_id": repo_id(store, repo),
        "pipeline": build["pipeline_id"],
        "number": build["number"],
        "branch": build["branch"] or "",
    }
    ended = build["finished_at"]
    since = max(ended, EARLIEST + SHORTLY) - SHORTLY
    near = rows(store.select(_SHORTLY_BEFORE, of | {"before": ended, "since": since}))
    if near:
        return str(max(near, key=itemgetter("finished_at", "number"))["number"])
    before = store.select(_ENDED_BEFORE, of | {"before": ended})["finished_at"][0]
    found = store.select(_BEFORE, of | {"at": before})["number"] if before else []
    return str(found[0]) if found else None


def _ask(store: Store, side: Side, sql: str) -> Table:
    """The SQL's `{of job}` and `{of build}` narrow it down to one build."""
    given: dict[str, Value] = {}
    of_job = of_build = ""
    if side.number is not None:
        given["number"] = side.number
        of_job, of_build = " AND build_number = $number", " AND number = $number"
    if side.pipeline is not None:
        given["of_pipeline"] = side.pipeline
        of_job, of_build = f"{of_job} AND pipeline = $of_pipeline", f"{of_build} AND pipeline = $of_pipeline"
    if 0 < len(side.build_ids) <= MOST_IDS:
        names, ids = named("build", side.build_ids)
        given |= ids
        of_job = f"{of_job} AND build_id IN ({names})"
    if side.attempt is not None:
        given["attempt"] = side.attempt
        of_job, of_build = f"{of_job} AND attempt = $attempt", f"{of_build} AND attempt = $attempt"
    return ask(store, side.query, sql.replace("{of job}", of_job).replace("{of build}", of_build), **given)


_JOBS = f"""
    SELECT count(*) AS jobs,
           count(*) FILTER (WHERE result = 'passed') AS passed,
           count(*) FILTER (WHERE {FAILED}) AS failed,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY queue_time) AS queue
    FROM job WHERE {{jobs}}{{of job}}
"""  # noqa: S608 - fixed text only
_TIMED = """
    SELECT count(*) AS timed, sum(duration) AS total, sum(duration * duration) AS squares,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY duration) AS p50,
           percentile_cont(0.95) WITHIN GROUP (ORDER BY duration) AS p95
    FROM job WHERE {timed}{of job}
"""
_BUILDS = """
    SELECT count(*) AS builds
    FROM (SELECT DISTINCT provider, instance, build_id FROM build WHERE {builds}{of build}) AS builds
"""
_OF_WHOLE = """
    count(seconds) AS timed, sum(seconds) AS total, sum(seconds * seconds) AS squares,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS p50
"""
_LAST_OF_SIDE = LAST_ATTEMPTS.replace("{builds}", "{builds}{of build}")
_WALLS = f"""
    {_LAST_OF_SIDE}
    SELECT {_OF_WHOLE} FROM (SELECT duration AS seconds FROM last_attempts WHERE {{counts}}) AS walls
"""  # noqa: S608 - fixed text only
_WAITS = f"""
    SELECT {_OF_WHOLE} FROM (
        SELECT max(queue_time) AS seconds FROM job WHERE {{jobs}}{{of job}} AND queue_time IS NOT NULL
        GROUP BY {BUILD}, attempt
    ) AS waits
"""  # noqa: S608 - fixed text only
_STEPS_OF_BUILD = """
    SELECT key, min(phase) AS phase, count(*) AS runs, sum(step.duration) AS total,
           sum(step.duration * step.duration) AS squares
    FROM step JOIN (SELECT job_key FROM job WHERE {timed}{of job}) AS chosen ON step.job_key = chosen.job_key
    WHERE repo_id = $repo_id AND depth = 0 AND step.duration IS NOT NULL
    GROUP BY key
"""
_STEPS = """
    SELECT key, min(phase) AS phase, CAST(sum(runs) AS BIGINT) AS runs, sum(total) AS total,
           sum(squares) AS squares
    FROM {sums} AS part GROUP BY key
"""
_OUTSIDE = """
    WITH chosen AS (
        SELECT provider, instance, build_id, attempt, job_id, job_key, duration
        FROM job WHERE {timed}{of job}
    ), spent AS (
        SELECT step.job_key, sum(step.duration) AS seconds
        FROM step JOIN chosen ON step.job_key = chosen.job_key
        WHERE repo_id = $repo_id AND depth = 0 AND step.duration IS NOT NULL
        GROUP BY step.job_key{dropped}
    ), rest AS (
        SELECT spent.job_key, duration - coalesce(seconds, 0) AS seconds
        FROM chosen LEFT JOIN spent ON chosen.job_key = spent.job_key
    )
    SELECT count(job_key) AS with_steps, sum(seconds) AS total, sum(seconds * seconds) AS squares FROM rest
"""
_DROPPED = """
        UNION ALL
        SELECT job_key, seconds
        FROM dropped_job JOIN chosen ON dropped_job.provider = chosen.provider
            AND dropped_job.instance = chosen.instance AND dropped_job.build_id = chosen.build_id
            AND dropped_job.attempt = chosen.attempt AND dropped_job.job_id = chosen.job_id
        WHERE dropped_job.repo_id = $repo_id
"""
_MATRIX = """
    SELECT {entry} AS matrix, count(*) AS timed, sum(duration) AS total, sum(duration * duration) AS squares
    FROM job WHERE {timed}{of job}{of entry} GROUP BY 1
"""
_BRANCHES = """
    SELECT branch, count(*) AS builds
    FROM (SELECT DISTINCT branch, provider, instance, build_id FROM build WHERE {builds}) AS found
    WHERE branch IS NOT NULL GROUP BY branch ORDER BY builds DESC, branch LIMIT $limit
"""
_NUMBERED = """
    SELECT number, build_id, attempt, pipeline AS pipeline_id, branch, finished_at FROM build
    WHERE repo_id = $repo_id AND number IN ({numbers})
    ORDER BY number, coalesce(finished_at, started_at, queued_at), build_id, attempt
"""
_OTHERS = """
    repo_id = $repo_id AND pipeline = $pipeline AND number <> $number AND coalesce(branch, '') = $branch
"""
_SHORTLY_BEFORE = f"""
    SELECT number, finished_at FROM build WHERE {_OTHERS} AND finished_at >= $since AND finished_at < $before
"""  # noqa: S608 - fixed text only
# First when it ended, by which an engine finds the row: it need not read the texts of a whole history.
_ENDED_BEFORE = f"""
    SELECT max(finished_at) AS finished_at FROM build WHERE {_OTHERS} AND finished_at < $before
"""  # noqa: S608 - fixed text only
_BEFORE = f"""
    SELECT number FROM build WHERE {_OTHERS} AND finished_at = $at ORDER BY number DESC LIMIT 1
"""  # noqa: S608 - fixed text only
