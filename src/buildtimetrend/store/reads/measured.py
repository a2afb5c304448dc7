"""The last builds that passed, and what in them took how long: what changes are looked for in."""

from __future__ import annotations

from collections.abc import Sequence

from buildtimetrend.model import Query
from buildtimetrend.store.base import Store, Table
from buildtimetrend.store.reads.branches import BranchClass
from buildtimetrend.store.reads.filters import ask
from buildtimetrend.store.reads.names import named

MOST_BUILDS = 400  # of a pipeline: older ones tell nothing of what is so now
EVERY_BRANCH = BranchClass()


def passed_builds(
    store: Store, query: Query, of: BranchClass = EVERY_BRANCH, most: int = MOST_BUILDS
) -> Table:
    """Of the latest in the range, at most so many, in the order in which they ended: `provider`, `instance`,
    `build_id`, `attempt`, `number`, `commit_id`, `message`, `author`, `branch`, `url`, `started_at`,
    `finished_at`, `duration`.
    """
    return ask(store, query, _of(_BUILDS, of), most=most, **of.given)


def jobs_of_passed(
    store: Store, query: Query, of: BranchClass = EVERY_BRANCH, most: int = MOST_BUILDS
) -> Table:
    """Of such builds, the jobs that ran: `build_id`, `attempt`, `matrix`, `name`, `result`, `finished_at`,
    `duration`, and `queue_time` where it is known.
    """
    return ask(store, query, _of(_JOBS, of), most=most, **of.given)


def passed_steps(
    store: Store,
    query: Query,
    of: BranchClass = EVERY_BRANCH,
    most: int = MOST_BUILDS,
    keys: Sequence[str] | None = None,
) -> Table:
    """Of those that passed, per step of depth 0 that ran: `build_id`, `attempt`, `matrix`, `name`, `step`,
    its `phase`, and `duration`, summed up over a job's runs of it. With `keys` of those steps alone.
    """
    names, given = named("step_key", keys or ())
    chosen = "" if keys is None else f" AND step.key IN ({names})"
    return ask(store, query, _of(_STEPS, of).replace("{steps}", chosen), most=most, **of.given, **given)


def _of(sql: str, of: BranchClass) -> str:
    return sql.replace("{branches}", of.condition)


_LATEST = """
    SELECT provider, instance, build_id, attempt, number, commit_id, message, author, branch, url, started_at,
           finished_at, duration
    FROM build
    WHERE {builds} AND result = 'passed' AND duration IS NOT NULL AND started_at IS NOT NULL{branches}
    ORDER BY finished_at DESC, build_id DESC, attempt DESC LIMIT $most
"""
_BUILDS = f"SELECT * FROM ({_LATEST}) AS latest ORDER BY finished_at, build_id, attempt"  # noqa: S608
_RAN = f"""
    SELECT build_id, attempt, job_key, matrix, name, result, finished_at, duration, queue_time
    FROM job WHERE {{jobs}} AND started_at IS NOT NULL AND coalesce(result, '') <> 'skipped'
      AND (provider, instance, build_id, attempt) IN (
          SELECT provider, instance, build_id, attempt FROM ({_LATEST}) AS latest)
"""  # noqa: S608 - fixed text only
_JOBS = f"{_RAN} ORDER BY build_id, attempt, job_key"
_PASSED = f"{_RAN} AND result = 'passed' AND duration IS NOT NULL"
_STEPS = f"""
    SELECT build_id, attempt, matrix, chosen.name, step.key AS step, min(step.phase) AS phase,
           sum(step.duration) AS duration
    FROM step JOIN ({_PASSED}) AS chosen ON step.job_key = chosen.job_key
    WHERE step.repo_id = $repo_id AND depth = 0 AND step.duration IS NOT NULL{{steps}}
    GROUP BY build_id, attempt, step.job_key, matrix, chosen.name, step.key
    ORDER BY build_id, attempt, step.job_key, step.key
"""  # noqa: S608 - fixed text only
