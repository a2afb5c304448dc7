"""How much the service is used."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

from buildtimetrend.model import Value
from buildtimetrend.store.base import Store, Table
from buildtimetrend.store.reads.buckets import number_of, number_of_day, seconds_of, with_starts
from buildtimetrend.store.reads.names import named
from buildtimetrend.store.reads.repos import NO_REPO
from buildtimetrend.store.reads.summed_weeks import days_until


@dataclass(frozen=True, slots=True)
class Statistics:
    """Counts within a range. An event is a job or a step, as it was in the old service."""

    repos: int
    builds: int
    jobs: int
    steps: int
    events: int
    projects: Table  # bucket, repo, builds, jobs, steps, events
    languages: Table  # bucket, language, repos: distinct ones


def statistics(
    store: Store, since: datetime, until: datetime, interval: str = "day", hidden: Collection[int] = ()
) -> Statistics:
    """Only what happened is listed: a bucket without builds of a repo has no row for it.

    Repos with the ids `hidden` count nowhere.
    """
    params: dict[str, Value] = {"since": since, "until": until, "seconds": seconds_of(interval)}
    rows: dict[tuple[Any, Any], dict[str, Any]] = {}
    days: dict[str, Value] = {"first": days_until(since), "last": days_until(until)}
    for what, sql, given in (
        ("builds", _BUILDS, params),
        ("jobs", _JOBS, params),
        ("steps", _STEPS, params | days),
    ):
        found = with_starts(store.select(sql, given), interval)
        for bucket, repo, count in zip(found["bucket"], found["repo_id"], found["count"], strict=True):
            if repo not in hidden:
                rows.setdefault((bucket, repo), {"builds": 0, "jobs": 0, "steps": 0})[what] += count
    names, ids = named("hidden", [NO_REPO, *hidden])
    repos = store.select("SELECT id, slug FROM repo")
    slugs = dict(zip(repos["id"], repos["slug"], strict=True))
    ordered = sorted(
        (((bucket, slugs[repo]), counts) for (bucket, repo), counts in rows.items()), key=itemgetter(0)
    )
    projects: Table = {
        "bucket": [bucket for (bucket, _), _ in ordered],
        "repo": [repo for (_, repo), _ in ordered],
        **{what: [counts[what] for _, counts in ordered] for what in ("builds", "jobs", "steps")},
        "events": [counts["jobs"] + counts["steps"] for _, counts in ordered],
    }
    sums = {what: sum(counts[what] for counts in rows.values()) for what in ("builds", "jobs", "steps")}
    return Statistics(
        repos=len({repo for _, repo in rows}),
        **sums,
        events=sums["jobs"] + sums["steps"],
        projects=projects,
        languages=with_starts(store.select(_LANGUAGES.replace("{hidden}", names), params | ids), interval),
    )


# A build counts once, by its last attempt in the range.
_BUILDS = f"""
    SELECT {number_of("finished_at")} AS bucket, repo_id, count(*) AS count
    FROM (
        SELECT repo_id, max(finished_at) AS finished_at FROM build
        WHERE finished_at >= $since AND finished_at < $until AND result IS NOT NULL
        GROUP BY repo_id, provider, instance, build_id
    ) AS builds
    GROUP BY 1, 2
"""  # noqa: S608 - fixed text only
_JOBS = f"""
    SELECT {number_of("finished_at")} AS bucket, repo_id, count(*) AS count FROM job
    WHERE finished_at >= $since AND finished_at < $until AND result IS NOT NULL
    GROUP BY 1, 2
"""  # noqa: S608 - fixed text only
# By their own start: joining jobs and steps of all repos would take longer than the page is worth. Of those
# that were dropped the ones of depth 0 are known, by the days of their jobs. One statement: what is dropped
# meanwhile is in one half of it, not in both.
_STEPS = f"""
    SELECT {number_of("started_at")} AS bucket, repo_id, count(*) AS count FROM step
    WHERE started_at >= $since AND started_at < $until
    GROUP BY 1, 2
    UNION ALL
    SELECT {number_of_day()} AS bucket, repo_id, CAST(sum(runs) AS BIGINT) AS count FROM step_day
    WHERE day >= $first AND day < $last GROUP BY 1, 2
"""  # noqa: S608 - fixed text only
_LANGUAGES = f"""
    SELECT {number_of("finished_at")} AS bucket, language, count(DISTINCT repo_id) AS repos FROM job
    WHERE finished_at >= $since AND finished_at < $until AND result IS NOT NULL AND language IS NOT NULL
      AND repo_id NOT IN ({{hidden}})
    GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608 - fixed text only
