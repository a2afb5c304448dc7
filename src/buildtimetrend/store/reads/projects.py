"""Every project at a glance: one row per repo, and how its jobs' durations develop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from buildtimetrend.enough import change_of_medians
from buildtimetrend.model import Value
from buildtimetrend.store.base import Store, Table, rows
from buildtimetrend.store.reads.buckets import number_of, seconds_of, with_starts
from buildtimetrend.store.reads.filters import DECIDED, FAILED
from buildtimetrend.store.reads.names import named
from buildtimetrend.store.reads.spread import QUARTILES, percentiles


def projects(store: Store, since: datetime, until: datetime) -> Table:
    """One row per repo, by name: figures of the range, and the last build of all.

    Durations are seconds, shares percent. `change` is that of the median, in percent, since the range of the
    same length before, and `change_verdict` what it means, by `enough.change`; `compared_builds` and
    `previous_builds` are those whose durations count, in both. With `several_pipelines` in the range and the
    one before there are counts and shares alone: an average or median over unlike builds says nothing.
    """
    # One question per table, put together here: engines that are spread over machines refuse such joins.
    span: dict[str, Value] = {"since": since, "until": until}
    before = since - (until - since)
    repos = store.select("SELECT id, slug FROM repo ORDER BY slug")
    of_jobs = _by_repo(store.select(_JOBS, span | {"before": before}))
    of_builds = _by_repo(store.select(_BUILDS, span | {"before": before}))
    last = _last_builds(store, repos["id"], before)
    found = [
        {"repo_id": repo, "repo": slug}
        | _figures(of_jobs.get(repo, {}), of_builds.get(repo, {}))
        | {name: last.get(repo, {}).get(column) for name, column in _LAST.items()}
        for repo, slug in zip(repos["id"], repos["slug"], strict=True)
    ]
    return {name: [row[name] for row in found] for name in COLUMNS}


def project_trends(
    store: Store, repo_ids: Sequence[int], since: datetime, until: datetime, interval: str
) -> Table:
    """The median duration (s) of some repos' jobs per bucket; left out are those without jobs, and those with
    several pipelines in the range.
    """
    names, ids = named("repo", repo_ids)
    params: dict[str, Value] = {"since": since, "until": until, "seconds": seconds_of(interval), **ids}
    found = store.select(_TRENDS.replace("{repos}", names), params)
    pipelines: dict[Value, set[Value]] = {}
    ends_of = (found.pop(name) for name in ("first_pipeline", "last_pipeline"))
    for repo, *ends in zip(found["repo_id"], *ends_of, strict=True):
        pipelines.setdefault(repo, set()).update(ends)
    kept = [place for place, repo in enumerate(found["repo_id"]) if len(pipelines[repo]) == 1]
    return with_starts({name: [values[place] for place in kept] for name, values in found.items()}, interval)


def _last_builds(store: Store, repos: Sequence[Value], before: datetime) -> dict[Value, dict[str, Any]]:
    """Most repos have one since `before`: only of the others all builds are looked through."""
    last = _by_repo(
        store.select(
            _LAST_BUILDS.format(which=f"finished_at >= $before AND {_ANY_BUILD}"), {"before": before}
        )
    )
    quiet = [repo for repo in repos if repo not in last]
    if quiet:
        names, ids = named("repo", quiet)
        last |= _by_repo(store.select(_LAST_BUILDS.format(which=f"repo_id IN ({names})"), ids))
    return last


_LAST = {
    "provider": "provider",
    "last_build": "number",
    "last_build_id": "build_id",
    "last_instance": "instance",
    "last_result": "result",
    "last_branch": "branch",
    "last_finished_at": "finished_at",
}
COLUMNS = (
    "repo_id", "repo", "builds", "jobs", "average_duration", "median_duration", "previous_median_duration",
    "compared_builds", "previous_builds", "change", "change_verdict", "success_rate", "several_pipelines",
    *_LAST,
)  # fmt: skip


def _figures(found: dict[str, Any], builds: dict[str, Any]) -> dict[str, Any]:
    several = bool(found) and found["first_pipeline"] != found["last_pipeline"]
    now, before = ({} if several else _spread(found, side) for side in ("now", "before"))
    decided = found["passed"] + found["failed"] if found else 0
    counts = {name: builds.get(name, 0) for name in ("builds", "compared_builds", "previous_builds")}
    changed = change_of_medians((now, counts["compared_builds"]), (before, counts["previous_builds"]))
    return {
        **counts,
        "jobs": found.get("jobs", 0),
        "average_duration": None if several else found.get("average_duration"),
        "median_duration": now.get("median"),
        "previous_median_duration": before.get("median"),
        "change": changed.percent,
        "change_verdict": changed.verdict,
        "success_rate": 100.0 * found["passed"] / decided if decided else None,
        "several_pipelines": several,
    }


def _spread(found: dict[str, Any], side: str) -> dict[str, Any]:
    return {name: found.get(f"{name}_{side}") for name in QUARTILES}


def _by_repo(table: Table) -> dict[Value, dict[str, Any]]:
    return {row["repo_id"]: row for row in rows(table)}


# Conditions that always hold: PostgreSQL has indexes of what ended lately, for questions that name them.
_ANY_JOB = "log_state <> ''"
_ANY_BUILD = "attempt > 0"
_NOW, _BEFORE = ({f"{name}_{side}": at for name, at in QUARTILES.items()} for side in ("now", "before"))
_JOBS = f"""
    SELECT repo_id, min(pipeline) AS first_pipeline, max(pipeline) AS last_pipeline,
           count(*) FILTER (WHERE finished_at >= $since) AS jobs,
           count(*) FILTER (WHERE finished_at >= $since AND result = 'passed') AS passed,
           count(*) FILTER (WHERE finished_at >= $since AND {FAILED}) AS failed,
           avg(duration) FILTER (WHERE finished_at >= $since AND {DECIDED}) AS average_duration,
           {percentiles("duration", f"finished_at >= $since AND {DECIDED}", _NOW)},
           {percentiles("duration", f"finished_at < $since AND {DECIDED}", _BEFORE)}
    FROM job WHERE finished_at >= $before AND finished_at < $until AND result IS NOT NULL AND {_ANY_JOB}
    GROUP BY repo_id
"""  # noqa: S608 - fixed text only
_BUILDS = f"""
    SELECT repo_id, count(*) FILTER (WHERE inside) AS builds,
           count(*) FILTER (WHERE compared) AS compared_builds,
           count(*) FILTER (WHERE previous) AS previous_builds
    FROM (
        SELECT repo_id, bool_or(finished_at >= $since) AS inside,
               bool_or(finished_at >= $since AND {DECIDED}) AS compared,
               bool_or(finished_at < $since AND {DECIDED}) AS previous
        FROM build
        WHERE finished_at >= $before AND finished_at < $until AND result IS NOT NULL AND {_ANY_BUILD}
        GROUP BY repo_id, provider, instance, build_id
    ) AS builds GROUP BY repo_id
"""  # noqa: S608 - fixed text only
_LAST_BUILDS = """
    SELECT DISTINCT ON (build.repo_id)
           build.repo_id, provider, instance, number, build_id, result, branch, build.finished_at
    FROM build JOIN (
        SELECT repo_id, max(finished_at) AS finished_at FROM build
        WHERE result IS NOT NULL AND {which} GROUP BY repo_id
    ) AS last ON build.repo_id = last.repo_id AND build.finished_at = last.finished_at
    WHERE result IS NOT NULL
    ORDER BY build.repo_id, attempt DESC, provider, instance, build_id
"""
_TRENDS = f"""
    SELECT repo_id, {number_of("finished_at")} AS bucket,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY duration) AS median_duration,
           min(pipeline) AS first_pipeline, max(pipeline) AS last_pipeline
    FROM job
    WHERE repo_id IN ({{repos}}) AND finished_at >= $since AND finished_at < $until
      AND duration IS NOT NULL AND {DECIDED}
    GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608 - fixed text only
