"""What a `Query` asks for, as conditions of a WHERE clause: one definition for charts, tables and figures.

SQL names them in braces, and `ask` puts them in:

    {jobs}       jobs of the repo that finished in the range and pass the filters
    {timed}      those of them whose durations count
    {counts}     of a row of jobs or builds that were so chosen: that its duration counts
    {builds}     ended builds of the repo in the range, with such a job if there is a filter on jobs
    {passing}    of a row of jobs: that it passes the filters; begins with AND
    {before}     jobs of the repo that pass the filters and finished before the end of the range
    {failures}   those of them that failed
    {of_day}     of a row of `step_day`: that its jobs pass the filters, and their durations count
    {of_week}    of a row of `step_week`: the same; both begin with AND
    {of_job_week} of a row of `job_week`: that its jobs pass the filters; begins with AND
    {bucket}     the bucket of `finished_at`; a result column of that name becomes the bucket's start
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from buildtimetrend import filters
from buildtimetrend.filters import FILTERS
from buildtimetrend.model import Query, Value
from buildtimetrend.store.base import Store, Table
from buildtimetrend.store.reads.buckets import number_of, seconds_of, with_starts
from buildtimetrend.store.reads.names import named
from buildtimetrend.store.reads.pipelines import ids_of_pipelines
from buildtimetrend.store.reads.repos import repo_id

# A canceled job says how long somebody waited, not how long the job takes; a skipped one took no time.
DECIDED = "result IN ('passed', 'failed', 'errored')"
FAILED = "result IN ('failed', 'errored')"
# Of a job whose CI runs single jobs again within the build
RAN_AGAIN = """coalesce(strpos(details, '"own_attempt":') > 0, FALSE)"""

_NAME = re.compile(r"\$(\w+)")


def ask(store: Store, query: Query, sql: str, **params: Value) -> Table:
    """Answer SQL with the conditions of `query` in it. An unknown repo has nothing."""
    for name, text in conditions(query).items():
        sql = sql.replace(f"{{{name}}}", text)
    given = _given(query) | {"repo_id": repo_id(store, query.repo)} | params
    if "pipeline" in query.filters:
        ids, of_pipeline = named("pipeline", ids_of_pipelines(store, query.repo, query.filters["pipeline"]))
        sql, given = sql.replace(_MEANT, ids), given | of_pipeline
    wanted = set(_NAME.findall(sql))
    found = store.select(sql, {name: value for name, value in given.items() if name in wanted})
    return with_starts(found, query.interval)


def _given(query: Query) -> dict[str, Value]:
    return {
        "since": query.since,
        "until": query.until,
        "seconds": seconds_of(query.interval),
        **{FILTERS[name].parameter: value for name, value in query.filters.items()},
    }


def conditions(query: Query) -> dict[str, str]:
    """What the names in braces stand for."""
    early = "repo_id = $repo_id AND finished_at < $until"
    ended = f"{early} AND finished_at >= $since AND result IS NOT NULL"
    jobs = f"{ended}{_passing(query, 'job')}"
    before = f"{early}{_passing(query, 'job')}"
    counts = "duration IS NOT NULL" + ("" if "result" in query.filters else f" AND {DECIDED}")
    return {
        "jobs": jobs,
        "timed": f"{jobs} AND {counts}",
        "counts": counts,
        "builds": f"{ended}{_passing(query, 'build')}",
        "passing": _passing(query, "job"),
        "before": before,
        "failures": f"{before} AND {FAILED}",
        "of_day": _covered(query, "step_day") + ("" if "result" in query.filters else f" AND {DECIDED}"),
        # Unfiltered, the rows of several pipelines are read as the one that has their sums.
        "of_week": _covered(query, "step_week") if query.filters else " AND NOT in_sum",
        "of_job_week": _covered(query, "job_week"),
        "bucket": number_of("finished_at"),
    }


def of_part(condition: str, number: int, ends: tuple[datetime, datetime]) -> tuple[str, dict[str, Value]]:
    """The condition, about a part of the range in place of the whole, and the part's parameters."""
    names = f"from_{number}", f"to_{number}"
    text = condition.replace("$since", f"${names[0]}").replace("$until", f"${names[1]}")
    return text, dict(zip(names, ends, strict=True))


def _passing(query: Query, table: Literal["job", "build"]) -> str:
    """Conditions, each with AND before it, that a row of the table passes the filters: those on columns that
    the other table alone has by way of its rows of the same build.
    """
    here = [name for name in query.filters if table in FILTERS[name].columns]
    elsewhere = [name for name in query.filters if name not in here]
    if not elsewhere:
        return _equal(table, here)
    other: Literal["job", "build"] = "build" if table == "job" else "job"
    return f"{_equal(table, here)} AND ({_BUILD}) IN ({_BUILDS[other]}{_equal(other, elsewhere)})"


def _covered(query: Query, table: Literal["step_day", "step_week", "job_week"]) -> str:
    """The same of sums. What they cannot tell apart is in none of them."""
    return _equal(table, query.filters) if filters.covers(table, query.filters) else " AND 1 = 0"


def _equal(table: filters.Table, names: Iterable[str]) -> str:
    found = [(name, FILTERS[name]) for name in names]
    return "".join(
        f' AND {table}."{row.columns[table]}" '
        + (f"IN ({_MEANT})" if name == "pipeline" else f"= ${row.parameter}")
        for name, row in found
    )


_MEANT = "{pipelines}"  # of the repo that asks: `ask` puts in which ones are meant
_BUILD = "provider, instance, build_id, attempt"
_BUILDS = {
    "job": f"SELECT {_BUILD} FROM job WHERE repo_id = $repo_id",  # noqa: S608 - fixed text only
    "build": f"SELECT {_BUILD} FROM build WHERE repo_id = $repo_id",  # noqa: S608 - fixed text only
}
