"""Every query that the old dashboard and its statistics page sent, as Keen's documents."""

from __future__ import annotations

from typing import Any

JOB = {"event_collection": "build_jobs"}
STAGE = {"event_collection": "build_substages"}
TIMEFRAMES = {
    "day": ("this_1_days", "hourly"),
    "week": ("this_7_days", "daily"),
    "month": ("this_30_days", "daily"),
    "year": ("this_52_weeks", "weekly"),
}


def _of_repo(repo: str, *others: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"property_name": "job.repo", "operator": "eq", "property_value": repo}, *others]


def _result(result: str) -> dict[str, Any]:
    return {"property_name": "job.result", "operator": "eq", "property_value": result}


def project_queries(repo: str, timeframe: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """Analysis and document, by what they draw."""
    span, interval = TIMEFRAMES[timeframe]
    here = {"timeframe": span, "filters": _of_repo(repo)}
    jobs, stages = {**JOB, **here}, {**STAGE, **here}
    count = {**jobs, "target_property": "job.job"}
    duration = {**jobs, "target_property": "job.duration"}
    builds = {**jobs, "target_property": "job.build"}
    stage = {**stages, "target_property": "stage.duration", "group_by": "stage.name"}
    hours = {**duration, "group_by": "job.started_at.hour_24"}
    days = {**duration, "group_by": "job.started_at.day_of_week"}
    return {
        "total build jobs": ("count_unique", count),
        "build jobs passed": ("count_unique", {**count, "filters": _of_repo(repo, _result("passed"))}),
        "build jobs failed": ("count_unique", {**count, "filters": _of_repo(repo, _result("failed"))}),
        "average build job duration": ("average", duration),
        "last failed job": (
            "maximum",
            {
                **jobs,
                "target_property": "job.finished_at.timestamp_seconds",
                "filters": _of_repo(repo, _result("failed")),
            },
        ),
        "stage duration": ("average", {**stage, "interval": interval}),
        "stage duration fraction": ("average", stage),
        "build time per build": ("sum", {**duration, "group_by": "job.build"}),
        "build time per build job": ("sum", {**duration, "group_by": "job.job"}),
        "average job duration per branch": ("average", {**duration, "group_by": "job.branch"}),
        "average job duration per build matrix": (
            "average",
            {**duration, "group_by": "job.build_matrix.summary"},
        ),
        "builds per branch": ("count_unique", {**builds, "group_by": "job.branch", "interval": interval}),
        "total builds per branch": ("count_unique", {**builds, "group_by": "job.branch"}),
        "job result": ("count_unique", {**count, "group_by": "job.result", "interval": interval}),
        "job result per build matrix": (
            "count_unique",
            {**count, "group_by": ["job.build_matrix.summary", "job.result"]},
        ),
        **{
            f"hour of day, {name}": ("average", {**hours, "timeframe": of})
            for name, (of, _) in TIMEFRAMES.items()
        },
        **{
            f"day of week, {name}": ("average", {**days, "timeframe": of})
            for name, (of, _) in TIMEFRAMES.items()
        },
        **{
            f"choices of {path}": ("select_unique", {**jobs, "target_property": path})
            for path in ("job.build_matrix.summary", "job.result", "job.build_trigger", "job.branch")
        },
    }


def statistics_queries(timeframe: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """Those over all repos."""
    span, interval = TIMEFRAMES[timeframe]
    jobs, stages = {**JOB, "timeframe": span}, {**STAGE, "timeframe": span}
    name, repo = "buildtime_trend.project_name", "job.repo"
    return {
        "repos": ("count_unique", {**jobs, "target_property": name}),
        "build jobs": ("count", jobs),
        "substages": ("count", stages),
        "repos per language": (
            "count_unique",
            {**jobs, "target_property": name, "group_by": "job.build_matrix.language", "interval": interval},
        ),
        "builds per project": (
            "count_unique",
            {**jobs, "target_property": "job.build", "group_by": repo, "interval": interval},
        ),
        "builds per project, in all": (
            "count_unique",
            {**jobs, "target_property": "job.build", "group_by": repo},
        ),
        "jobs per project": ("count", {**jobs, "group_by": repo, "interval": interval}),
        "substages per project": ("count", {**stages, "group_by": repo, "interval": interval}),
        "substages per project, in all": ("count", {**stages, "group_by": repo}),
        "median job of a project": ("median", {**jobs, "target_property": "job.duration", "group_by": repo}),
    }
