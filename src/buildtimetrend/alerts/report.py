"""The report of a week: of each project how long its builds took, beside the four weeks before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from buildtimetrend import text
from buildtimetrend.alerts.message import MOST_PARTS, Message, Tone
from buildtimetrend.alerts.plain import plain
from buildtimetrend.alerts.spent import sentence as sentence_of
from buildtimetrend.enough import Change, change, margin_of_medians

# A row of `reads.weeks`, with what worker time was `spent` on (a `Sum`), the `currency` of its cost, and in
# words what `several` projects, or pipelines of this one, share, and what `grew` little by little.
Week = Mapping[str, Any]
MOST_FLAKY = 3  # jobs of a project that are named
MOST_SEVERAL = 3  # causes that it shares with others
MOST_GREW = 3
TONES: Mapping[str, Tone] = {"slower": "worse", "faster": "better"}


def report(weeks: Iterable[Week], *, channel: str, until: datetime, base: str) -> Message:
    """The projects that changed most first. `until` is the week's end, in the zone of who reads it."""
    parts = sorted((_part(week, until, base) for week in weeks), key=_place)
    slower = sum(part.tone == "worse" for part in parts)
    comparable = any(part.data["percent"] is not None for part in parts)
    builds = sum(part.data["builds"] for part in parts)
    title = (
        f"Week of {_days(until)}: {text.counted(builds, 'build')} in "
        f"{text.counted(len(parts), 'project')}{_longer(slower) if comparable else ''}"
    )
    left_out = len(parts) - MOST_PARTS
    id_ = f"report-{channel}-{until:%Y%m%d}"
    return Message(
        id=id_,
        thread=id_,
        event="report",
        tone="worse" if slower else "neutral",
        title=title,
        lines=(f"{text.counted(left_out, 'further project')} not shown here.",) if left_out > 0 else (),
        at=until,
        url=f"{base}/dashboard" if base else None,
        parts=tuple(parts[:MOST_PARTS]),
    )


def _part(week: Week, until: datetime, base: str) -> Message:
    counts = week["passed"], week["passed_before"]
    changed = change(week["duration"], week["duration_before"], *counts, margin=_margin(week))
    repo = plain(week["repo"])
    id_ = f"report-{until:%Y%m%d}-{week['repo_id']}"
    return Message(
        id=id_,
        thread=id_,
        event="report",
        tone=TONES.get(changed.verdict, "neutral"),
        title=_duration(week, changed),
        lines=(" ".join(_sentences(week)),),
        at=until,
        url=f"{base}/dashboard/{quote(week['repo'], errors='replace')}" if base else None,
        repo=repo,
        data={
            "percent": changed.percent,
            **{name: week[name] for name in _SHOWN},
            "wasted": week["spent"].wasted,
            "cost": week["spent"].cost,
            "wasted_cost": week["spent"].wasted_cost,
        },
    )


_SHOWN = ("builds", "passed", "duration", "duration_before", "queue_time", "worker_time", "open", "flaky")


def _margin(week: Week) -> float | None:
    before = {name: week[f"{name}_before"] for name in ("low", "high")}
    return margin_of_medians((week, week["passed"]), (before, week["passed_before"]))


def _place(part: Message) -> tuple[bool, float, str]:
    percent = part.data["percent"] or 0.0
    return part.tone == "neutral", -abs(percent), part.repo


def _duration(week: Week, changed: Change) -> str:
    if week["duration"] is None:
        return "no build passed"
    said = f"{text.duration(week['duration'])} a build"
    before = text.duration(week["duration_before"])
    if changed.verdict in ("slower", "faster"):
        return f"{said}, {text.signed(changed.percent or 0.0)} against the four weeks before ({before})"
    if changed.verdict in ("same", "may be chance", "under 1 s"):
        return f"{said}, as in the four weeks before"
    return f"{said}; too few to compare with the four weeks before"


def _sentences(week: Week) -> Sequence[str]:
    passed = f"{text.count(week['passed'])} of {text.counted(week['builds'], 'build')} passed."
    waiting = (
        f"Jobs waited {text.duration(week['queue_time'])} for a worker (median)."
        if week["queue_time"] is not None
        else ""
    )
    worker = sentence_of(week["spent"], week["currency"]) if week["spent"].seconds else ""
    still = f"{text.counted(week['open'], 'finding')} still open." if week["open"] else ""
    flaky = [plain(sentence) for sentence in week["flaky"][:MOST_FLAKY]]
    several = [plain(sentence) for sentence in week["several"][:MOST_SEVERAL]]
    grew = [plain(sentence) for sentence in week["grew"][:MOST_GREW]]
    return [sentence for sentence in (passed, waiting, worker, *several, *grew, *flaky, still) if sentence]


def _longer(slower: int) -> str:
    if not slower:
        return "; none takes longer than before"
    return f"; {slower} {'takes' if slower == 1 else 'take'} longer than before"


def _days(until: datetime) -> str:
    """`16 to 22 Nov 2026`, or with both months."""
    first, last = until - timedelta(days=7), until - timedelta(days=1)
    begin = f"{first.day}" if first.month == last.month else f"{first.day} {first:%b}"
    return f"{begin} to {last.day} {last:%b} {last.year}"
