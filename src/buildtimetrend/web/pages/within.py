"""Which changes a build lies within, and whether they may have begun with it: for the build's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from buildtimetrend.alerts.began import is_one_build
from buildtimetrend.findings.sentences.headline import without_names
from buildtimetrend.findings.sentences.status import as_of_last, as_of_today

MOST_OF_A_BUILD = 2


def of_build(
    found: Mapping[str, Any] | None, build: Mapping[str, Any], quiet_since: datetime | None = None
) -> Sequence[dict[str, Any]]:
    """What was worse when the build began, that which is open first, else the newest: from the last build
    before the change on, which is what is known for sure, until it was over. What takes less, of builds that
    it may have begun with; what came little by little began with none. `here` says of such a build that it
    may be the first one, `in_usual` of a later one that most of what it is held against has it. Whether it
    is over is of today, of a project that is quiet of its last build, and says so. Names of many jobs stand
    on the finding's page.
    """
    began = build["started_at"]
    if found is None or began is None:
        return []
    held = [
        one
        | {
            "sentence": without_names(one["sentence"], one["jobs"]),
            "status": as_of_today(as_of_last(one["status"], quiet_since)),
            "in_usual": _is_in_usual(one, build),
            "here": _here(one, build),
        }
        for one in found["findings"]
        if _holds(one, began) and (one["worse"] or _may_be_first(one, began))
    ]
    shown = sorted(held, key=lambda one: one["over_since"] is not None)[:MOST_OF_A_BUILD]
    return _with_drifts(shown, build)


def _with_drifts(shown: list[dict[str, Any]], build: Mapping[str, Any]) -> list[dict[str, Any]]:
    """That what is usual grows as well: of each, where the build is held against that."""
    if build.get("difference") is None:
        return shown
    for one in shown:
        if one["gradual"] and one["worse"]:
            one["here"] = "The usual time above grows along with it."
    return shown


def in_usual(within: Sequence[Mapping[str, Any]], build: Mapping[str, Any]) -> str:
    """For the headline: else `as usual` would stand above a slowdown, and say the opposite."""
    slower = [one for one in within if one["in_usual"] and one["unit"] == "s"]
    if not slower or build.get("difference") is None:
        return ""
    return f"Most builds that it is compared with have the slowdown{'s' if slower[1:] else ''} below."


def _here(finding: Mapping[str, Any], build: Mapping[str, Any]) -> str:
    before, last = finding["last_before"], finding["last"]
    if not _may_be_first(finding, build["started_at"]) or finding["what"] == "flaky" or finding["gradual"]:
        return ""
    is_last = last["build_id"] == build["build_id"]
    if is_one_build(finding):
        return "It began with this build." if is_last else ""
    without = f"Build #{before['number']} is without it. " if before else ""
    if is_last:
        return f"{without}This one has it."
    return f"{without}Build #{last['number']} has it. It may have begun with this one."


def _is_in_usual(finding: Mapping[str, Any], build: Mapping[str, Any]) -> bool:
    """Whether most builds that the build is held against have it: so has their median."""
    since = build.get("compared_mostly_since")
    return since is not None and bool(finding["last"]["started_at"] <= since)


def _may_be_first(finding: Mapping[str, Any], began: datetime) -> bool:
    until: datetime = finding["last"]["started_at"]
    return began <= until


def _holds(finding: Mapping[str, Any], began: datetime) -> bool:
    before, over = finding["last_before"], finding["over_since"]
    begun = began > before["started_at"] if before else began >= finding["first"]["started_at"]
    return begun and (over is None or began < over["started_at"])
