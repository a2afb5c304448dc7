"""Findings of flaky jobs."""

from __future__ import annotations

from typing import Any, Final

from buildtimetrend.findings.changes.moves import Move
from buildtimetrend.findings.document.of_finding import build_of
from buildtimetrend.findings.kept.known import Known
from buildtimetrend.findings.outcomes.common_fields import COMMON_FIELDS
from buildtimetrend.findings.outcomes.ended_builds import Outcomes
from buildtimetrend.findings.sentences.past_tense import Said, in_tense
from buildtimetrend.findings.sentences.status import status
from buildtimetrend.findings.series import Thing
from buildtimetrend.store import reads
from buildtimetrend.store.reads.branches import Branches
from buildtimetrend.waste.flaky import Flaky, together
from buildtimetrend.waste.runs import tried

WHAT: Final = "flaky"


def flaky_findings(of: Outcomes, pipeline: reads.Pipeline) -> list[Known]:
    """Without ids; in the order in which they began."""
    return [_known(group, of, pipeline) for group in together(tried(of.runs))]


def _known(group: list[Flaky], of: Outcomes, pipeline: reads.Pipeline) -> Known:
    worst, began = group[0], [row["started_at"] for row in of.builds]
    moved = frozenset(Thing(WHAT, each.job) for each in group)
    share = 100 * worst.failed / worst.builds
    return Known(
        id="",
        what=WHAT,
        thing=", ".join(sorted(each.job for each in group)),
        cause=Move(Thing(WHAT, worst.job), worst.first, worst.first, worst.last, 0.0, share, 1.0),
        moved=moved,
        since_at=began[worst.first],
        first_at=began[worst.first],
        last_at=began[worst.last],
        over_at=None if worst.over is None else began[worst.over],
        document=_document(group, of, pipeline),
        branches=Branches.ALL.value,
    )


def _document(group: list[Flaky], of: Outcomes, pipeline: reads.Pipeline) -> dict[str, Any]:
    """As `of_finding.py` has those of durations; shares are in percent of builds."""
    worst = group[0]
    since = build_of(of.builds[worst.first])
    over = None if worst.over is None else build_of(of.builds[worst.over])
    return {
        **COMMON_FIELDS,
        **in_tense(lambda said: headline(group, said), over=over is not None),
        "status": status(1.0, over),
        "evidence": _evidence(worst, of),
        "pipeline": pipeline.reference,
        "provider": pipeline.provider,
        "what": WHAT,
        "jobs": [each.job for each in group if each.job],
        "before": None,
        "after": 100 * worst.failed / worst.builds,
        "since": since,
        "first": since,
        "last": since,
        "over_since": over,
        "builds_before": worst.first,
        "builds_since": len(of.builds) - worst.first,
        "flaky": [
            {
                "job": each.job,
                "failed": each.failed,
                "builds": each.builds,
                "reruns": each.reruns,
                "changed": each.changed,
            }
            for each in group
        ],
    }


def headline(group: list[Flaky], said: Said) -> str:
    """`Job 3.7-dev is flaky: it fails in 16 of 40 builds; 9 of 12 re-runs of the same commit gave
    another result.` Of several the figures are those of the worst.
    """
    worst = group[0]
    figures = (
        f"{said('fails')} in {worst.failed} of {worst.builds} builds; "
        f"{worst.changed} of {worst.reruns} re-runs of the same commit gave another result."
    )
    if len(group) == 1:
        subject = f"Job {worst.job}" if worst.job else "The job"
        return f"{subject} {said('is')} flaky: it {figures}"
    names = sorted(each.job for each in group)
    return f"Jobs {', '.join(names[:-1])} and {names[-1]} {said('are')} flaky together: {worst.job} {figures}"


def _evidence(worst: Flaky, of: Outcomes) -> str:
    first, last = of.builds[worst.first], of.builds[worst.last]
    commit = f" ({first['commit_id'][:7]})" if first["commit_id"] else ""
    return (
        f"Its result changed first with build #{first['number']}{commit} and last with build "
        f"#{last['number']}, without a change of the commit."
    )
