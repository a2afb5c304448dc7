"""Which channels hear of a finding, and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field

from buildtimetrend.alerts.kinds import Kind, is_worse, kind_of
from buildtimetrend.setting import Substrings, a_list, setting

if TYPE_CHECKING:
    from buildtimetrend.alerts.base import Section

DAY = timedelta(days=1)


def _clock(value: str) -> str:
    """`8:00` as it is. Raises ValueError for what is no time of day."""
    _time(value)
    return value


def _span(value: str) -> str:
    if value:
        start, _, end = value.partition("-")
        if _time(start) == _time(end):
            raise ValueError("must be two times of day, as 22:00-7:00")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be a time zone of this system, as Europe/Brussels") from None
    return value


def _time(value: str) -> time:
    hour, colon, minute = value.strip().partition(":")
    if not (colon and hour.isdecimal() and minute.isdecimal() and len(minute) == 2):
        raise ValueError("must be a time of day, as 22:00")
    return time(int(hour), int(minute))


def _as_written(value: object) -> object:
    """YAML reads 22:00 as 1320, in base 60."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value // 60}:{value % 60:02}"
    return value


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """Of one channel. Times of day are those of `zone`."""

    repos: Substrings = setting(
        (), "alerts.repos", "Only repos whose name contains one of these; unset: all."
    )
    pipelines: Substrings = setting(
        (), "alerts.pipelines", "Only pipelines whose name contains one of these; unset: all."
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
    quiet: Annotated[str, AfterValidator(_span), Field(max_length=11)] = setting(
        "", "alerts.quiet", "Hours in which nothing is sent, as 22:00-7:00: it is sent at their end."
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

    def hear_of(self, repo: str, finding: Mapping[str, Any]) -> bool:
        """By its document. How large it must be is said of durations alone."""
        kind = kind_of(finding)
        if not self.choose(repo, finding["pipeline"]) or (self.kinds and kind not in self.kinds):
            return False
        large = kind != "duration" or self.is_large(finding["after"] - finding["before"], finding["change"])
        return large and (self.faster or is_worse(finding))

    def choose(self, repo: str, pipeline: str | None = None) -> bool:
        return _one_of(self.repos, repo) and (pipeline is None or _one_of(self.pipelines, pipeline))

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
        found = _instant(day, _time(self.digest_at), zone)
        return found if found <= now else _instant(day - 7 * DAY, _time(self.digest_at), zone)

    def _digest_after(self, at: datetime) -> datetime:
        day, zone = self.local(at).date(), ZoneInfo(self.zone)
        while True:
            if self.digest == "daily" or day.weekday() == 0:
                found = _instant(day, _time(self.digest_at), zone)
                if found > at:
                    return found
            day += DAY

    def _awake(self, now: datetime) -> datetime:
        if not self.quiet:
            return now
        start, end = (_time(each) for each in self.quiet.split("-"))
        local = self.local(now)
        clock, day = local.time(), local.date()
        if start < end and start <= clock < end:
            return _instant(day, end, ZoneInfo(self.zone))
        if start > end and (clock >= start or clock < end):
            return _instant(day + DAY if clock >= start else day, end, ZoneInfo(self.zone))
        return now

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


def _instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)
