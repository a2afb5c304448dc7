"""What changed, as pages list it: on the page of findings and on a project's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from buildtimetrend import text
from buildtimetrend.findings.finding import IN_SECONDS
from buildtimetrend.findings.sentences import words
from buildtimetrend.findings.sentences.headline import without_names
from buildtimetrend.findings.sentences.status import as_of_last
from buildtimetrend.model import Query
from buildtimetrend.store.reads.branches import Branches
from buildtimetrend.web.analysis.data import Data
from buildtimetrend.web.analysis.picture import Change
from buildtimetrend.web.analysis.sparkline import around
from buildtimetrend.web.analysis.telling_order import in_order
from buildtimetrend.web.params import Parameters

FLAGS = 3


def as_it_is(data: Data, repo: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """An answer of `Data.findings`: of a repo without a build for long it tells how it was with the last."""
    ended = data.quiet_since(repo)
    told = [one | {"status": as_of_last(one["status"], ended)} for one in found["findings"]]
    return {**found, "findings": told}


def listed(found: Mapping[str, Any], *, largest_first: bool = False) -> dict[str, Any]:
    """What `changes.html` shows of an answer of `Data.findings`: of its `findings` `still` are not over.

    Those are first; all are the newest first, unless the largest shall be: where few are shown, and names of
    many jobs stand apart. What is open and takes no time, as jobs that fail more often, is before what does.
    """
    findings = [
        finding | {"compare": compared(finding), "line": around(finding["trend"])}
        for finding in in_order(found["findings"])
    ]
    if largest_first:
        findings.sort(key=lambda finding: (not _is_open(finding), _seconds(finding) > 0, -_seconds(finding)))
        findings = [finding | _named_apart(finding) for finding in findings]
    return {
        "findings": findings,
        "still": sum(_is_open(finding) for finding in findings),
        "builds": found["builds"],
        "since": found["since"],
        "of_default": found["branches"] == Branches.DEFAULT,
        "analysed_at": found["analysed_at"],
        "behind": found["behind"],
        "in_seconds": IN_SECONDS,
    }


def stands_out(build: Mapping[str, Any], changes: Mapping[str, Any] | None) -> bool:
    """Whether a build (with its verdict) took longer by more than anything that is open."""
    verdict = build["verdict"]
    if not verdict or verdict["word"] != "longer":
        return False
    still = [one for one in changes["findings"] if _is_open(one)] if changes else []
    return bool(still) and all(0 < _seconds(one) < verdict["difference"] for one in still)


def elsewhere(
    everything: Mapping[str, Any] | None, own: Mapping[str, Any] | None
) -> Sequence[dict[str, Any]]:
    """What is open in other pipelines of a project than the one whose findings are its `own`. What one of
    these is told with is none: its sentence is that of both.
    """
    if everything is None or own is None:
        return []
    known = {finding["id"] for finding in own["findings"]}
    known |= {finding["part_of"]["id"] for finding in own["findings"] if finding.get("part_of")}
    return [one for one in in_order(everything["findings"]) if _is_open(one) and one["id"] not in known]


def of_year(data: Data, repo: str, parameters: Parameters) -> list[dict[str, Any]]:
    """All findings of a year in the pipeline that is shown, in the order of telling."""
    year = Parameters.model_validate(
        {"timeframe": "year", "filter_pipeline": parameters.filters.get("pipeline")}
    )
    return in_order(data.findings(repo, year)["findings"])


def flags(found: Sequence[Mapping[str, Any]], query: Query) -> list[Change]:
    """For a picture of runs: the largest of those that began in the range."""
    moved = [one for one in found if _seconds(one) and query.since <= _began(one) < query.until]
    moved.sort(key=_seconds, reverse=True)
    return [
        Change(
            _began(one),
            _flag(one),
            one["after"] - one["before"],
        )
        for one in moved[:FLAGS]
    ]


def _flag(finding: Mapping[str, Any]) -> str:
    """`+1 m 1 s #432, 10 Jul 2026`: what takes so much longer, the page says."""
    size = text.difference(finding["after"] - finding["before"])
    if finding["gradual"]:  # which began with no build
        return f"{size} little by little"
    return f"{size} #{finding['since']['number']}, {words.day(_began(finding))}"


def compared(finding: Mapping[str, Any]) -> str:
    """The query of a comparison of the builds since then with as long a time before; of what came little by
    little, of the last quarter of that time with its first.
    """
    since = finding["since"]["started_at"]
    over = finding["over_since"]
    until = over["started_at"] if over else datetime.now(UTC)
    given = {"by": "period", "b_since": since, "b_until": until}
    if finding["gradual"]:
        until = finding["last"]["started_at"]
        quarter = (until - since) / 4
        given |= {"a_since": since, "a_until": since + quarter, "b_since": until - quarter, "b_until": until}
    times = {name: text.iso(at) if isinstance(at, datetime) else at for name, at in given.items()}
    return urlencode(times | {"filter_pipeline": finding["pipeline"]})


def _named_apart(finding: Mapping[str, Any]) -> dict[str, str]:
    """Names of many jobs fill a phone before it is said whether it is over: they stand below."""
    sentence = without_names(finding["sentence"], finding["jobs"])
    return {
        "sentence": sentence,
        "named": words.listed(finding["jobs"]) if sentence != finding["sentence"] else "",
    }


def _seconds(finding: Mapping[str, Any]) -> float:
    """By how much it changed how long something takes; 0 where it is about something else."""
    if finding["what"] not in IN_SECONDS or None in (finding["before"], finding["after"]):
        return 0.0
    return abs(float(finding["after"] - finding["before"]))


def _began(finding: Mapping[str, Any]) -> datetime:
    began: datetime = finding["since"]["started_at"]
    return began


def _is_open(finding: Mapping[str, Any]) -> bool:
    return bool(finding["worse"]) and finding["over_since"] is None
