"""The runs of one step, whatever job they were in."""

from __future__ import annotations

from buildtimetrend.model import Query
from buildtimetrend.store.base import Store, Table
from buildtimetrend.store.reads.filters import ask

MOST_JOBS = 10_000  # the newest: more points nobody sees


def step_runs(store: Store, query: Query, key: str) -> Table:
    """Of depth 0, in the latest `MOST_JOBS` jobs that the query asks for, the newest first: the step's
    `step_name`, `phase`, `command`, `seconds` and `step_result`; its job's `name`, `matrix`, `branch` and
    `result`, and of which build that is. Steps that were dropped are not among them.
    """
    return ask(store, query, _RUNS, key=key, most=MOST_JOBS)


_RUNS = """
    SELECT provider, instance, build_id, build_number, attempt, job_id, pipeline, chosen.name, matrix, branch,
           chosen.result, finished_at, step.name AS step_name, phase, command, step.duration AS seconds,
           step.result AS step_result
    FROM step JOIN (
        SELECT job_key, provider, instance, build_id, build_number, attempt, job_id, pipeline, name, matrix,
               branch, result, finished_at
        FROM job WHERE {timed} ORDER BY finished_at DESC, job_key DESC LIMIT $most
    ) AS chosen ON step.job_key = chosen.job_key
    WHERE step.repo_id = $repo_id AND step.key = $key AND depth = 0 AND step.duration IS NOT NULL
    ORDER BY finished_at DESC, step.job_key DESC, step.position
"""
