"""How many jobs each bucket has whose durations count."""

from __future__ import annotations

from typing import Any

from buildtimetrend.filters import covers
from buildtimetrend.model import Query, Value
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads.filters import ask, conditions, of_part
from buildtimetrend.store.reads.repos import repo_id
from buildtimetrend.store.reads.summed_weeks import NEW_MARKS, Weeks, between, in_ranges, summed_weeks


def jobs_by_bucket(store: Store, query: Query) -> dict[Any, int]:
    """By the start of each bucket that has any: out of sums of whole weeks where these tell."""
    weeks: Weeks = ()
    if query.interval == "week" and covers("job_week", query.filters):
        weeks = summed_weeks(store, repo_id(store, query.repo), query, NEW_MARKS)
    parts = [_OF_WEEKS.replace("{weeks}", in_ranges("week", weeks))] if weeks else []
    given: dict[str, Value] = {}
    timed = conditions(query)["timed"]
    for number, ends in enumerate(between(query, weeks)):
        condition, of_ends = of_part(timed, number, ends)
        parts.append(_OF_ROWS.replace("{timed}", condition))
        given |= of_ends
    if not parts:
        return {}
    found: dict[str, list[Any]] = ask(
        store, query, _SUM.replace("{parts}", " UNION ALL ".join(parts)), **given
    )
    return dict(zip(found["bucket"], found["jobs"], strict=True))


_OF_WEEKS = "SELECT week AS bucket, jobs FROM job_week WHERE repo_id = $repo_id AND ({weeks}){of_job_week}"
_OF_ROWS = "SELECT {bucket} AS bucket, count(*) AS jobs FROM job WHERE {timed} GROUP BY 1"
_SUM = "SELECT bucket, CAST(sum(jobs) AS BIGINT) AS jobs FROM ({parts}) AS part GROUP BY bucket"
