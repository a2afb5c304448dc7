"""What a `Query` asks for, as conditions of a WHERE clause: one definition for charts, tables and figures.

SQL names them in braces, and `ask` puts them in:

    {jobs}       jobs of the repo that finished in the range and pass the filters
    {timed}      those of them whose durations count
    {counts}     of a row of jobs or builds that were so chosen: that its duration counts
    {builds}     ended builds of the repo in the range, with such a job if there is a filter on jobs
    {failures}   failed jobs of the repo that pass the filters and finished before the end of the range
    {kept}       of a row of summaries of dropped steps: that their jobs pass the filters (begins with AND)
    {bucket}     the bucket of `finished_at`; a result column of that name becomes the bucket's start
"""

from __future__ import annotations

from buildtimetrend.model import Query, Value
from buildtimetrend.store.base import Store, Table
from buildtimetrend.store.reads.buckets import number_of, seconds_of, with_starts
from buildtimetrend.store.reads.repos import repo_id

# A canceled job says how long somebody waited, not how long the job takes; a skipped one took no time.
DECIDED = "result IN ('passed', 'failed', 'errored')"
FAILED = "result IN ('failed', 'errored')"


def ask(store: Store, query: Query, sql: str, **params: Value) -> Table:
    """Answer SQL with the conditions of `query` in it. An unknown repo has nothing."""
    given = _given(query) | {"repo_id": repo_id(store, query.repo)} | params
    for name, text in conditions(query).items():
        sql = sql.replace(f"{{{name}}}", text)
    found = store.select(sql, {name: value for name, value in given.items() if f"${name}" in sql})
    return with_starts(found, query.interval)


def _given(query: Query) -> dict[str, Value]:
    return {
        "since": query.since,
        "until": query.until,
        "seconds": seconds_of(query.interval),
        "build_matrix": query.build_matrix,
        "result": query.result,
        "trigger": query.trigger,
        "branch": query.branch,
    }


def conditions(query: Query) -> dict[str, str]:
    """What the names in braces stand for."""
    of_job = _where(("matrix", "build_matrix", query.build_matrix), ("result", "result", query.result))
    of_build = _where(('"trigger"', "trigger", query.trigger), ("branch", "branch", query.branch))
    before = f"repo_id = $repo_id AND finished_at < $until{of_build}"
    ended = f"{before} AND finished_at >= $since AND result IS NOT NULL"
    jobs = f"{ended}{of_job}"
    builds = ended
    if of_job:
        builds += f" AND (provider, instance, build_id, attempt) IN ({_BUILDS_OF_JOBS}{of_job})"
    counts = "duration IS NOT NULL" + ("" if query.result else f" AND {DECIDED}")
    return {
        "jobs": jobs,
        "timed": f"{jobs} AND {counts}",
        "counts": counts,
        "builds": builds,
        "failures": f"{before}{of_job} AND {FAILED}",
        "kept": of_build + of_job + ("" if query.result else f" AND {DECIDED}"),
        "bucket": number_of("finished_at"),
    }


_BUILDS_OF_JOBS = "SELECT provider, instance, build_id, attempt FROM job WHERE repo_id = $repo_id"


def _where(*filters: tuple[str, str, str | None]) -> str:
    return "".join(f" AND {column} = ${name}" for column, name, value in filters if value is not None)
