"""The document of a finding: what the API answers with, which is also what is stored."""

from __future__ import annotations

from typing import Any

from buildtimetrend.findings.document.trend import trend
from buildtimetrend.findings.finding import Finding, Findings
from buildtimetrend.findings.sentences.headline import headline
from buildtimetrend.findings.sentences.past_tense import in_tense
from buildtimetrend.findings.sentences.status import status
from buildtimetrend.store import reads

_OF_BUILD = (
    "provider", "number", "build_id", "attempt", "commit_id", "message", "author", "branch", "url",
    "started_at",
)  # fmt: skip


def document(finding: Finding, of: Findings, pipeline: reads.Pipeline) -> dict[str, Any]:
    """Durations in seconds, instants as datetimes, builds as objects; models in `web/api/findings.py`."""
    cause, builds = finding.cause, of.measured.builds
    over = None if finding.over_since is None else build_of(builds[finding.over_since])
    return {
        **in_tense(lambda said: headline(finding, of, said=said), over=over is not None),
        "status": status(cause.seconds, over, cause.what),
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
        "since": build_of(builds[finding.place]),
        "first": build_of(builds[finding.first]),
        "last": build_of(builds[finding.last]),
        "last_before": build_of(builds[finding.first - 1]) if finding.first else None,
        "over_since": over,
        "wall_before": finding.wall and finding.wall.before,
        "wall_after": finding.wall and finding.wall.after,
        "builds_before": finding.place,
        "builds_since": len(builds) - finding.place,
        "trend": trend(finding, builds),
        "moves": [
            {
                "what": move.thing.kind,
                "job": move.thing.job,
                "step": of.measured.labels.get(move.thing.step) if move.thing.step else None,
                "before": move.before,
                "after": move.after,
                "is_cause": move in cause.moves,
            }
            for move in dict.fromkeys(finding.moves)
        ],
    }


def build_of(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in _OF_BUILD}
