"""The findings of a repo, as pages and API show them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from buildtimetrend import findings
from buildtimetrend.findings import Finding, Findings
from buildtimetrend.model import Query
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store
from buildtimetrend.web.analysis import finding_words

_OF_BUILD = ("number", "build_id", "attempt", "commit_id", "message", "author", "branch", "started_at")


def found(store: Store, query: Query) -> list[dict[str, Any]]:
    """Of each pipeline, or of those that the query asks for; the newest first."""
    asked = query.filters.get("pipeline")
    meant = None if asked is None else reads.ids_of_pipelines(store, query.repo, asked)
    told = [
        row | {"pipeline": pipeline.reference}
        for pipeline in reads.pipelines(store, query.repo)
        if meant is None or pipeline.id in meant
        for row in _of_pipeline(findings.find(store, query.filtered(pipeline=str(pipeline.id))))
    ]
    return sorted(told, key=lambda row: row["since"]["started_at"], reverse=True)


def _of_pipeline(of: Findings) -> Iterator[dict[str, Any]]:
    for finding in of.found:
        yield _row(finding, of)


def _row(finding: Finding, of: Findings) -> dict[str, Any]:
    cause, builds = finding.cause, of.measured.builds
    over = finding.over_since
    return {
        "sentence": finding_words.headline(finding, of),
        "status": finding_words.over(finding, of),
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
