"""All projects, in the order that is asked for: one definition for the page and the API."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from buildtimetrend.alerts.kinds import is_worse
from buildtimetrend.timeframes import interval_of
from buildtimetrend.web.analysis.job_endings import BROKEN

Row: TypeAlias = dict[str, Any]
Sort: TypeAlias = Literal[
    "name", "-name", "result", "-result", "last", "-last", "median", "-median", "change", "-change",
    "success", "-success", "builds", "-builds", "jobs", "-jobs",
]  # fmt: skip
Show: TypeAlias = Literal["all", "failing", "slower", "silent"]

_RESULTS = ("errored", "failed", "canceled", "skipped", "passed")

_COLUMNS: dict[str, Callable[[Row], Any]] = {
    "name": lambda row: row["repo"].lower(),
    "result": lambda row: _RESULTS.index(row["last_result"]) if row["last_result"] in _RESULTS else None,
    "last": lambda row: row["last_finished_at"],
    "median": lambda row: row["median_duration"],
    "change": lambda row: row["change"],
    "success": lambda row: row["success_rate"],
    "builds": lambda row: row["builds"],
    "jobs": lambda row: row["jobs"],
}


def failing(row: Row) -> bool:
    """Whether the last build of all broke; one of long ago says nothing of now."""
    return row["last_result"] in BROKEN and not row["quiet"]


def slower(row: Row) -> bool:
    return bool(row["change_verdict"] == "slower")


def silent(row: Row) -> bool:
    """Whether nothing was built in the range."""
    return not row["builds"]


_SHOWN: dict[str, Callable[[Row], bool]] = {
    "all": lambda _: True,
    "failing": failing,
    "slower": slower,
    "silent": silent,
}


def chosen(found: Sequence[Row], q: str, show: Show, sort: Sort) -> list[Row]:
    """Projects whose names have every word of `q`, in order; those without the value come last."""
    words = q.lower().split()
    kept = [row for row in found if all(word in row["repo"].lower() for word in words) and _SHOWN[show](row)]
    column = _COLUMNS[sort.removeprefix("-")]
    kept.sort(key=_COLUMNS["name"])  # for those that are equal otherwise
    known = [row for row in kept if column(row) is not None]
    unknown = [row for row in kept if column(row) is None]
    return sorted(known, key=column, reverse=sort.startswith("-")) + unknown


def buckets_of(since: datetime, until: datetime) -> tuple[datetime, str]:
    """Where lines of the range begin, and their interval: no more points than a line can show."""
    since = max(since, until - _LONGEST_LINE)
    return since, interval_of(until - since)


_LONGEST_LINE = timedelta(weeks=520)


def latest_project(found: Sequence[Row]) -> str | None:
    """The one that was built last; the first where none was."""
    built = [row for row in found if row["last_finished_at"]]
    last = max(built, key=lambda row: row["last_finished_at"], default=None) or next(iter(found), None)
    return None if last is None else str(last["repo"])


def open_findings(found: Sequence[Row]) -> list[Row]:
    """Of rows of `reads.feed.latest_findings` what takes longer and is not over: what builds take longest by
    first, and of what moved no build the newest. The parts of each one's `document`, with its `id` and
    `repo`. What another one speaks for is left out.
    """
    told = [row["document"] | {key: row[key] for key in ("id", "repo", "state")} for row in found]
    still = [row for row in told if is_worse(row) and not row["over_since"] and not row.get("part_of")]
    return sorted(still, key=lambda row: (_longer(row), row["since"]["started_at"]), reverse=True)


def _longer(finding: Row) -> float:
    """Seconds that builds take longer by; 0 where they do not."""
    before, after = finding["wall_before"], finding["wall_after"]
    return 0.0 if before is None or after is None else max(0.0, float(after - before))


def latest(found: Sequence[Row]) -> datetime | None:
    """When the last build of all projects ended."""
    return max((row["last_finished_at"] for row in found if row["last_finished_at"]), default=None)
