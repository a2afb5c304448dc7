"""The runs of one job, and all jobs of a range, each by what it is known by from build to build."""

from __future__ import annotations

from buildtimetrend.model import Query
from buildtimetrend.store.base import Store, Table
from buildtimetrend.store.reads.filters import FAILED, ask
from buildtimetrend.store.reads.spread import p50, p95

MOST_RUNS = 10_000  # the newest: more points nobody sees


def job_runs(store: Store, query: Query, job: str) -> Table:
    """Of the job of that name, its entry of the matrix in brackets where it has both, the latest runs that
    the query asks for and whose durations count, at most `MOST_RUNS`, newest first: `seconds`, `queue_time`
    and `result`; `name`, `matrix`, `branch`, and of which build that is.
    """
    return ask(store, query, _RUNS, job=job, most=MOST_RUNS)


def steps_of_job(store: Store, query: Query, job: str, most: int) -> Table:
    """What the runs of `job_runs` spent their time on, as `reads.steps` has it: steps of depth 0, that with
    most time in all first. Steps that were dropped are not among them.
    """
    return ask(store, query, _STEPS, job=job, most=most)


def job_list(store: Store, query: Query, most: int) -> Table:
    """A row for each job, that with most time in all first: `job`, `name`, `matrix`, `runs`, `failed`
    (errored too), `median`, `p95` and `total` (s) of its durations, `waited`, the median of its waits (s).
    """
    return ask(store, query, _LIST, most=most)


# As `findings.series.job_of` calls it.
_JOB = """
    CASE WHEN coalesce(name, '') = '' THEN matrix WHEN matrix = '' THEN name
         ELSE name || ' (' || matrix || ')' END
"""
_RUNS = f"""
    SELECT provider, instance, build_id, build_number, attempt, job_id, pipeline, name, matrix, branch,
           result, finished_at, duration AS seconds, queue_time
    FROM job WHERE {{timed}} AND {_JOB} = $job
    ORDER BY finished_at DESC, job_key DESC LIMIT $most
"""  # noqa: S608 - fixed text only
_STEPS = f"""
    SELECT key, min(phase) AS phase, count(*) AS runs, avg(step.duration) AS average,
           {p50("step.duration")} AS p50, {p95("step.duration")} AS p95, sum(step.duration) AS total
    FROM step JOIN (SELECT job_key FROM job WHERE {{timed}} AND {_JOB} = $job) AS chosen
        ON step.job_key = chosen.job_key
    WHERE repo_id = $repo_id AND depth = 0 AND step.duration IS NOT NULL
    GROUP BY key ORDER BY total DESC, key LIMIT $most
"""  # noqa: S608 - fixed text only
_LIST = f"""
    SELECT {_JOB} AS job, min(name) AS name, min(matrix) AS matrix, count(*) AS runs,
           count(*) FILTER (WHERE {FAILED}) AS failed, {p50("duration")} AS median, {p95("duration")} AS p95,
           sum(duration) AS total, percentile_cont(0.5) WITHIN GROUP (ORDER BY queue_time) AS waited
    FROM job WHERE {{timed}} GROUP BY 1 ORDER BY total DESC, job LIMIT $most
"""  # noqa: S608 - fixed text only
