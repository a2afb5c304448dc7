"""Which channels hear of a finding, and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field

from buildtimetrend.alerts.hours import LONGEST, OF_WEEK, clock, closed, hours, next_outside
from buildtimetrend.alerts.kinds import Kind, is_worse, kind_of
from buildtimetrend.budgets.budget import OfBranches
from buildtimetrend.setting import Substrings, a_list, setting

if TYPE_CHECKING:
    from buildtimetrend.alerts.base import Section

DAY = timedelta(days=1)


def _clock(value: str) -> str:
    """`8:00` as it is. Raises ValueError for what is no time of day."""
    clock(value)
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be a time zone of this system, as Europe/Brussels") from None
    return value


def _as_written(value: object) -> object:
    """YAML reads 22:00 as 1320, in base 60."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value // 60}:{value % 60:02}"
    return value


def _in_one_line(value: object) -> object:
    """A list of hours as they are written in one."""
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value


Hours: TypeAlias = Annotated[
    str, BeforeValidator(_in_one_line), Field(max_length=LONGEST), AfterValidator(hours)
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """Of one channel. Times of day are those of `zone`. `silent`: it hears of nothing.

    Raises ValueError where `quiet` and `hours` together leave no time in which anything is sent.
    """

    repos: Substrings = setting(
        (), "alerts.repos", "Only repos whose name contains one of these; unset: all."
    )
    pipelines: Substrings = setting(
        (), "alerts.pipelines", "Only pipelines whose name contains one of these; unset: all."
    )
    branches: Annotated[tuple[OfBranches, ...], BeforeValidator(a_list)] = setting(
        (),
        "alerts.branches",
        "Only findings in builds of these branches: all, default, pull_requests, others; unset: any.",
    )
    kinds: Annotated[tuple[Kind, ...], BeforeValidator(a_list)] = setting(
        (), "alerts.kinds", "Only findings of these kinds: duration, flaky, results, budget; unset: all."
    )
    least_seconds: Annotated[float, Field(ge=0, le=7 * 24 * 3600)] = setting(
        0.0, "alerts.least_seconds", "Changes of fewer seconds are not told."
    )
    least_percent: Annotated[float, Field(ge=0, le=10_000)] = setting(
        0.0, "alerts.least_percent", "Nor those of less, in percent of before."
    )
    faster: bool = setting(False, "alerts.faster", "Tell what takes less time, too.")
    quiet: Hours = setting(
        "",
        "alerts.quiet",
        "Hours in which nothing is sent, as 22:00-7:00, or weekdays 18:00-8:00, weekends: it is sent at "
        "their end.",
    )
    hours: Hours = setting(
        "",
        "alerts.hours",
        "Hours in which alone anything is sent, as weekdays 8:00-18:00: else it is sent when they begin.",
    )
    zone: Annotated[str, AfterValidator(_zone), Field(max_length=100)] = setting(
        "UTC", "alerts.zone", "Time zone of all times of day here, as Europe/Brussels."
    )
    digest: Literal["never", "daily", "weekly"] = setting(
        "never", "alerts.digest", "never: each change is told at once; daily, or weekly on Mondays: together."
    )
    digest_at: Annotated[str, BeforeValidator(_as_written), AfterValidator(_clock)] = setting(
        "8:00", "alerts.digest_at", "When a digest, or a report, is sent."
    )
    report: Literal["never", "weekly"] = setting(
        "never", "alerts.report", "weekly: on Mondays also what the week was like in each project."
    )
    silent: bool = False

    def __post_init__(self) -> None:
        if len(closed(self.quiet, self.hours)) == OF_WEEK:
            raise ValueError("quiet and hours leave no time of the week in which anything is sent")

    def hear_of(self, repo: str, finding: Mapping[str, Any]) -> bool:
        """By its document. How large it must be is said of durations alone."""
        kind = kind_of(finding)
        if not self.choose(repo, finding["pipeline"]) or (self.kinds and kind not in self.kinds):
            return False
        if self.branches and finding.get("branches") not in (*self.branches, None):
            return False
        large = kind != "duration" or self.is_large(finding["after"] - finding["before"], finding["change"])
        return large and (self.faster or is_worse(finding))

    def choose(self, repo: str, pipeline: str | None = None) -> bool:
        if self.silent or not _one_of(self.repos, repo):
            return False
        return pipeline is None or _one_of(self.pipelines, pipeline)

    def is_large(self, seconds: float, percent: float | None) -> bool:
        return abs(seconds) >= self.least_seconds and (percent is None or abs(percent) >= self.least_percent)

    def due(self, at: datetime, now: datetime) -> datetime:
        """When an event of `at` is sent, if not earlier than now: at once, or with the next digest, and not
        in quiet hours.
        """
        return self._awake(max(now, at if self.digest == "never" else self._digest_after(at)))

    def week_ended(self, now: datetime) -> datetime:
        """When reports were due last."""
        day, zone = self.local(now).date(), ZoneInfo(self.zone)
        day -= day.weekday() * DAY
        found = _instant(day, clock(self.digest_at), zone)
        return found if found <= now else _instant(day - 7 * DAY, clock(self.digest_at), zone)

    def _digest_after(self, at: datetime) -> datetime:
        day, zone = self.local(at).date(), ZoneInfo(self.zone)
        while True:
            if self.digest == "daily" or day.weekday() == 0:
                found = _instant(day, clock(self.digest_at), zone)
                if found > at:
                    return found
            day += DAY

    def _awake(self, now: datetime) -> datetime:
        return next_outside(now, closed(self.quiet, self.hours), ZoneInfo(self.zone))

    def local(self, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self.zone))


def told(channels: Sequence[Section], *, repo: str, finding: Mapping[str, Any]) -> list[str]:
    """The names of the channels that hear of a finding, as `Rules.hear_of` has it."""
    return [
        channel.name
        for channel in channels
        if channel.about == "findings" and channel.rules.hear_of(repo, finding)
    ]


def _one_of(parts: Sequence[str], name: str) -> bool:
    return not parts or any(part.lower() in name.lower() for part in parts)


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)
