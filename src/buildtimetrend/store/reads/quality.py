"""How far a repo's figures can be trusted: what is stored of its builds, and what is known to be lacking."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from buildtimetrend.model import Query, Value
from buildtimetrend.providers import PROVIDERS, provider_class
from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.reads.filters import ask

GAPS = 5


def quality(store: Store, query: Query) -> dict[str, Any]:
    """The builds of the range, whatever the filters; last build, deliveries and tasks are of all times.

    `started_jobs` of the range, `jobs_without_log` among them, which are those whose log is not there whole,
    `share_without_log` (%), and their number by `log_states`. `missing_builds` is how many numbers lack
    between the first and the last build of the range, each pipeline by itself unless its CI counts all of a
    repo together, `gaps` the first few runs of them: `provider`, `instance`, `pipeline` (its key, empty where
    they are counted together), `first`, `last`.
    """
    states = _counts(store, query, _LOG_STATES)
    jobs = sum(states.values())
    without = jobs - states.get("complete", 0)
    together = " ".join(kind for kind in PROVIDERS if provider_class(kind).counts_together)
    gaps = rows(ask(store, query, _GAPS, gaps=GAPS, together=f" {together} "))
    missing = gaps[0]["missing"] if gaps else 0
    tasks = _counts(store, query, _TASKS)
    return {
        "last_delivery_at": _one(store, query, _LAST_DELIVERY),
        "last_build_at": last_build_at(store, query),
        "started_jobs": jobs,
        "jobs_without_log": without,
        "share_without_log": 100.0 * without / jobs if jobs else None,
        "log_states": {state: count for state, count in states.items() if state != "complete"},
        "missing_builds": missing,
        "gaps": [{name: value for name, value in gap.items() if name != "missing"} for gap in gaps],
        "waiting_tasks": tasks.get("waiting", 0) + tasks.get("running", 0),
        "failed_tasks": tasks.get("failed", 0),
    }


def last_build_at(store: Store, query: Query) -> datetime | None:
    """When the last build of all times ended."""
    at = _one(store, query, _LAST_BUILD)
    return at if isinstance(at, datetime) else None


def _counts(store: Store, query: Query, sql: str) -> dict[str, int]:
    found: dict[str, list[Any]] = ask(store, query, sql)
    return dict(zip(found["state"], found["count"], strict=True))


def _one(store: Store, query: Query, sql: str) -> Value:
    return ask(store, query, sql)["at"][0]


# Tasks and deliveries keep the name that the build was asked for by: any name that leads to the repo counts.
_OF_REPO = """
    lower(repo) IN (
        SELECT alias FROM repo_alias
        WHERE provider = '' AND instance = '' AND kind = 'slug' AND repo_id = $repo_id
    )
"""
_LAST_DELIVERY = f"SELECT max(received_at) AS at FROM delivery WHERE {_OF_REPO}"  # noqa: S608 - fixed text only
_LAST_BUILD = "SELECT max(finished_at) AS at FROM build WHERE repo_id = $repo_id"
_TASKS = f"SELECT state, count(*) AS count FROM task WHERE {_OF_REPO} GROUP BY state"  # noqa: S608 - fixed text only
_IN_RANGE = "finished_at >= $since AND finished_at < $until AND result IS NOT NULL"
# A job that was skipped, or canceled while it waited, lacks no log; nor does one whose steps the API has.
_LOG_STATES = f"""
    SELECT log_state AS state, count(*) AS count FROM job
    WHERE repo_id = $repo_id AND {_IN_RANGE} AND started_at IS NOT NULL AND result <> 'skipped'
      AND log_state <> 'unneeded'
    GROUP BY log_state ORDER BY log_state
"""  # noqa: S608 - fixed text only
# Builds of any time fill a gap: one may end long after those that began after it. Numbers that are no
# integers, or that several builds share, say nothing about what is lacking.
_GAPS = f"""
    WITH numbered AS (
        SELECT provider, instance, build_id, {_IN_RANGE} AS inside,
               CASE WHEN $together LIKE '% ' || provider || ' %' THEN provider || ' ' || instance
                    ELSE CAST(build.pipeline AS TEXT) END AS counter,
               CASE WHEN number ~ '^[0-9]{{1,15}}$' THEN CAST(number AS BIGINT) END AS number
        FROM build WHERE repo_id = $repo_id
    ), spans AS (
        SELECT counter, min(provider) AS provider, min(instance) AS instance,
               min(number) FILTER (WHERE inside) AS lowest,
               max(number) FILTER (WHERE inside) AS highest
        FROM numbered GROUP BY counter HAVING count(*) = count(number)
    ), followed AS (
        SELECT numbered.counter, number, build_id,
               lead(number) OVER along AS following, lead(build_id) OVER along AS following_id
        FROM numbered JOIN spans ON numbered.counter = spans.counter
        WHERE number BETWEEN lowest AND highest
        WINDOW along AS (PARTITION BY numbered.counter ORDER BY number, build_id)
    ), shared AS (
        SELECT counter FROM followed WHERE following = number AND following_id <> build_id
    ), gap AS (
        SELECT counter, number + 1 AS first, following - 1 AS last
        FROM followed
        WHERE following > number + 1 AND counter NOT IN (SELECT counter FROM shared)
    )
    SELECT spans.provider, spans.instance, coalesce(named.key, '') AS pipeline, gap.first, gap.last,
           CAST(sum(gap.last - gap.first + 1) OVER () AS BIGINT) AS missing
    FROM gap
    JOIN spans ON spans.counter = gap.counter
    LEFT JOIN (SELECT CAST(id AS TEXT) AS counter, key FROM pipeline WHERE repo_id = $repo_id) AS named
      ON named.counter = gap.counter
    ORDER BY spans.provider, spans.instance, coalesce(named.key, ''), gap.first LIMIT $gaps
"""  # noqa: S608 - fixed text only
