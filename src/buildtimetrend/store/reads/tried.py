"""The last builds of a pipeline however they ended, and the runs of their jobs that passed or failed."""

from __future__ import annotations

from buildtimetrend.model import Query
from buildtimetrend.store.base import Store, Table
from buildtimetrend.store.reads.branches import IS_PULL
from buildtimetrend.store.reads.filters import DECIDED, RAN_AGAIN, ask
from buildtimetrend.store.reads.measured import MOST_BUILDS


def tried_builds(store: Store, query: Query, most: int = MOST_BUILDS) -> Table:
    """Of the latest in the range, at most so many with all attempts of each, in the order in which they
    began: what `passed_builds` has of each attempt, its `result`, and `is_pull`, whether it is a pull
    request's.
    """
    return ask(store, query, _BUILDS, most=most)


def tried_jobs(store: Store, query: Query, most: int = MOST_BUILDS) -> Table:
    """Of such builds each run of a job that passed or did not, in the order in which they ended: `provider`,
    `instance`, `build_id`, `attempt`, `name`, `matrix`, `result`, `finished_at`, and whether it is one that
    the CI ran `again` within the build.
    """
    return ask(store, query, _JOBS, most=most)


_LATEST = """
    SELECT provider, instance, build_id FROM build WHERE {builds}
    GROUP BY provider, instance, build_id ORDER BY max(finished_at) DESC, build_id DESC LIMIT $most
"""
_BUILDS = f"""
    SELECT provider, instance, build_id, attempt, number, commit_id, message, author, branch, url, result,
           coalesce(started_at, finished_at) AS started_at, finished_at,
           {IS_PULL} AS is_pull
    FROM build WHERE {{builds}} AND (provider, instance, build_id) IN ({_LATEST})
    ORDER BY coalesce(started_at, finished_at), build_id, attempt
"""  # noqa: S608 - fixed text only
# GitLab has all runs of a job in the one build.
_JOBS = f"""
    SELECT provider, instance, build_id, attempt, name, matrix, result, finished_at,
           {RAN_AGAIN} AS again
    FROM job WHERE {{jobs}} AND {DECIDED} AND (provider, instance, build_id) IN ({_LATEST})
    ORDER BY finished_at, job_key
"""  # noqa: S608 - fixed text only
