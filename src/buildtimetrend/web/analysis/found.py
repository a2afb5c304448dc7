"""The findings of a repo, as pages and API show them."""

from __future__ import annotations

from typing import Any

from buildtimetrend import findings
from buildtimetrend.findings import Finding, Findings, words
from buildtimetrend.model import Query
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store

_OF_BUILD = ("number", "build_id", "attempt", "commit_id", "message", "author", "branch", "started_at")


def found(store: Store, query: Query) -> dict[str, Any]:
    """`findings` of each pipeline, or of those that the query asks for, the newest first; how many `builds`
    were looked at, and when the first of them began, in `since`.
    """
    asked = query.filters.get("pipeline")
    meant = None if asked is None else reads.ids_of_pipelines(store, query.repo, asked)
    findings_of = {
        pipeline: findings.find(store, query.filtered(pipeline=str(pipeline.id)))
        for pipeline in reads.pipelines(store, query.repo)
        if meant is None or pipeline.id in meant
    }
    rows = [_row(one, of, pipeline) for pipeline, of in findings_of.items() for one in of.found]
    builds = [build for of in findings_of.values() for build in of.measured.builds]
    return {
        "findings": sorted(rows, key=lambda row: row["since"]["started_at"], reverse=True),
        "builds": len(builds),
        "since": min((build["started_at"] for build in builds), default=None),
    }


def _row(finding: Finding, of: Findings, pipeline: reads.Pipeline) -> dict[str, Any]:
    cause, builds = finding.cause, of.measured.builds
    over = finding.over_since
    return {
        "sentence": words.headline(finding, of),
        "status": words.over(finding, of),
        "pipeline": pipeline.reference,
        "provider": pipeline.provider,
        "what": cause.what,
        "step": of.measured.labels.get(cause.step) if cause.step else None,
        "gradual": cause.gradual,
        "jobs": [name for name in cause.jobs if name],
        "of_jobs": len(of.measured.jobs_with(cause.step)) if cause.step else None,
        "before": cause.before,
        "after": cause.after,
        "change": 100 * cause.seconds / cause.before if cause.before else None,
        "confidence": cause.strongest.confidence,
        "since": _build(builds[finding.place]),
        "first": _build(builds[finding.first]),
        "last": _build(builds[finding.last]),
        "last_before": _build(builds[finding.first - 1]) if finding.first else None,
        "over_since": None if over is None else _build(builds[over]),
        "wall_before": finding.wall and finding.wall.before,
        "wall_after": finding.wall and finding.wall.after,
        "builds_before": finding.place,
        "builds_since": len(builds) - finding.place,
    }


def _build(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in _OF_BUILD}
